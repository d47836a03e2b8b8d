-- Free overdue jobs: to be tried again, or dead.
UPDATE job_queue AS job SET
  status      = CASE WHEN attempts < max_attempts THEN 'FAILED_RETRYABLE' ELSE 'DEAD' END,
  worker_id   = CASE WHEN attempts < max_attempts THEN NULL ELSE worker_id END,
  next_run_at = CASE WHEN attempts < max_attempts THEN overdue.now + overdue.backoff_ms ELSE next_run_at END,
  last_error  = json_build_object('code', 'JOB_STUCK', 'message', 'Lease ran out', 'at', overdue.now),
  lease_until = NULL,
  updated_at  = overdue.now
FROM unnest(%(job_id)s::text[], %(backoff_ms)s::bigint[], %(now)s::bigint[]) AS overdue (job_id, backoff_ms, now)
WHERE job.job_id = overdue.job_id
RETURNING job.job_id, job.status
