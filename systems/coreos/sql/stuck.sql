-- Jobs whose lease ran out at least so long ago, worst first.
WITH clock AS MATERIALIZED (SELECT coreos_now_ms() AS now)
SELECT job_id, job_type, worker_id, status, attempts, lease_until, heartbeat_at, claimed_at, clock.now
FROM job_queue, clock
WHERE status = 'PROCESSING' AND lease_until <= clock.now - %(threshold_ms)s
ORDER BY lease_until, seq
