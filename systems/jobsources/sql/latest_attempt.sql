-- The highest attempt of which an event came in; 0 before the first.
SELECT coalesce(max(attempt_no), 0) AS latest FROM job_source_callback_events WHERE source_run_id = %(run_id)s::uuid
