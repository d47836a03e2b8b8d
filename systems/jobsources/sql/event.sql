-- What is known of an event.
SELECT payload_hash FROM job_source_callback_events
WHERE source_run_id = %(run_id)s::uuid AND event_id = %(event_id)s
