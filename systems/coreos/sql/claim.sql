-- Take the most urgent claimable jobs: those that may run go out, those at their end are ended (`ended`: those alone).
WITH clock AS MATERIALIZED (SELECT coreos_now_ms() AS now),
chosen AS MATERIALIZED (
  SELECT job_id, worker_id AS held_by, attempts AS tried, status AS was,
    CASE
      WHEN expires_at <= (SELECT now FROM clock) THEN 'FAILED'
      WHEN status = 'PROCESSING' AND attempts >= max_attempts THEN 'DEAD'
      ELSE 'PROCESSING'
    END AS fate
  FROM job_queue
  WHERE status IN ('PENDING', 'FAILED_RETRYABLE', 'PROCESSING')
    AND CASE status WHEN 'PROCESSING' THEN lease_until ELSE next_run_at END <= (SELECT now FROM clock)
    AND (NOT %(ended)s OR expires_at <= (SELECT now FROM clock)
      OR (status = 'PROCESSING' AND attempts >= max_attempts))
  ORDER BY priority DESC, next_run_at, created_at, seq
  LIMIT %(most)s
  FOR UPDATE SKIP LOCKED
)
UPDATE job_queue AS job SET
  status      = fate,
  worker_id   = CASE fate WHEN 'PROCESSING' THEN %(worker_id)s ELSE held_by END,
  claimed_at  = CASE fate WHEN 'PROCESSING' THEN clock.now ELSE claimed_at END,
  attempts    = CASE fate WHEN 'PROCESSING' THEN tried + 1 ELSE tried END,
  lease_until = CASE fate WHEN 'PROCESSING' THEN clock.now + lease_duration_ms END,
  heartbeat_at = CASE fate WHEN 'PROCESSING' THEN NULL ELSE heartbeat_at END,
  last_error  = CASE fate
    WHEN 'FAILED' THEN json_build_object('code', 'TICKET_EXPIRED', 'message', 'Ticket has expired', 'at', clock.now)
    WHEN 'DEAD' THEN json_build_object('code', 'JOB_STUCK', 'message', 'Lease ran out', 'at', clock.now)
    ELSE last_error END,
  updated_at  = clock.now
FROM chosen, clock
WHERE job.job_id = chosen.job_id
RETURNING job.job_id, job.status, job.job_type, job.ticket, job.payload, job.version, job.attempts, job.max_attempts,
  job.lease_until, chosen.was, chosen.held_by, chosen.tried
