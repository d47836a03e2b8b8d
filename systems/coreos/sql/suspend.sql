-- Take a waiting job out of the queue.
UPDATE job_queue SET status = 'SUSPENDED', suspended_at = clock.now, suspended_by = %(actor_id)s, updated_at = clock.now
FROM (SELECT coreos_now_ms() AS now) AS clock
WHERE job_id = %(job_id)s AND status IN ('PENDING', 'FAILED_RETRYABLE')
  AND updated_at <= coalesce(%(seen)s, updated_at)
RETURNING status
