-- Jobs under way, with their workers.
SELECT job.worker_id, job.job_id, job.job_type, job.claimed_at, job.lease_until, job.heartbeat_at, job.attempts,
  job.max_attempts, coreos_now_ms() AS now, workers.last_seen
FROM job_queue AS job LEFT JOIN workers USING (worker_id)
WHERE job.status = 'PROCESSING' ORDER BY job.worker_id, job.claimed_at, job.seq
