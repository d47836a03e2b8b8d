-- How an attempt at a run ended.
INSERT INTO job_source_run_attempts (source_run_id, attempt_no, status, failure_type, failure_code)
VALUES (%(run_id)s::uuid, %(attempt_no)s, %(status)s, %(failure_type)s, %(failure_code)s)
ON CONFLICT (source_run_id, attempt_no) DO UPDATE SET
  status = EXCLUDED.status, failure_type = EXCLUDED.failure_type, failure_code = EXCLUDED.failure_code,
  finished_at = clock_timestamp()
