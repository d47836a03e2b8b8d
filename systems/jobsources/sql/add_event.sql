-- An event that was accepted.
INSERT INTO job_source_callback_events
  (source_run_id, event_id, request_id, status, attempt_no, payload_hash, emitted_at, payload)
VALUES (
  %(run_id)s::uuid, %(event_id)s, %(request_id)s, %(status)s, %(attempt_no)s, %(payload_hash)s, %(emitted_at)s, %(payload)s
)
