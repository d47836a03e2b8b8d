-- Decide held jobs: only by their holder, only for the newest attempt, only while the lease runs.
UPDATE job_queue AS job SET
  status = CASE
    WHEN posted.succeeded THEN 'COMPLETED' WHEN attempts < max_attempts THEN 'FAILED_RETRYABLE' ELSE 'DEAD' END,
  worker_id   = CASE WHEN posted.succeeded OR attempts >= max_attempts THEN job.worker_id END,
  next_run_at = CASE WHEN posted.succeeded OR attempts >= max_attempts THEN next_run_at
    ELSE clock.now + posted.backoff_ms END,
  last_error  = CASE WHEN posted.succeeded THEN last_error
    ELSE json_build_object('code', posted.code::json, 'message', posted.message::json, 'at', clock.now) END,
  lease_until = NULL,
  updated_at  = clock.now
FROM (SELECT coreos_now_ms() AS now) AS clock,
  unnest(%(job_id)s::text[], %(attempt)s::bigint[], %(worker_id)s::text[], %(trace_id)s::text[],
    %(succeeded)s::boolean[], %(code)s::text[], %(message)s::text[], %(backoff_ms)s::bigint[])
  AS posted (job_id, attempt, worker_id, trace_id, succeeded, code, message, backoff_ms)
WHERE job.job_id = posted.job_id AND job.status = 'PROCESSING' AND job.worker_id = posted.worker_id
  AND job.trace_id = posted.trace_id AND job.attempts = posted.attempt AND job.lease_until > coreos_now_ms()
RETURNING job.job_id, job.job_type, job.status, job.trace_id, job.attempts, job.max_attempts
