-- Jobs whose lease ran out, longest overdue first, held still until the transaction ends.
WITH clock AS MATERIALIZED (SELECT coreos_now_ms() AS now)
SELECT job_id, job_type, worker_id, attempts, max_attempts, lease_until, (SELECT now FROM clock) AS now
FROM job_queue WHERE status = 'PROCESSING' AND lease_until <= (SELECT now FROM clock)
ORDER BY lease_until, seq LIMIT %(most)s
FOR UPDATE SKIP LOCKED
