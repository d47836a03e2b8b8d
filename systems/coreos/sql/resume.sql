-- Put a suspended job back.
UPDATE job_queue SET status = 'PENDING', next_run_at = clock.now, resumed_at = clock.now, updated_at = clock.now
FROM (SELECT coreos_now_ms() AS now) AS clock
WHERE job_id = %(job_id)s AND status = 'SUSPENDED' AND updated_at <= coalesce(%(seen)s, updated_at)
RETURNING status
