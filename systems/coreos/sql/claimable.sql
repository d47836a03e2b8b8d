-- How many jobs a claim could hand out now.
WITH clock AS MATERIALIZED (SELECT coreos_now_ms() AS now)
SELECT count(*) AS n FROM job_queue
WHERE status IN ('PENDING', 'FAILED_RETRYABLE', 'PROCESSING')
  AND CASE status WHEN 'PROCESSING' THEN lease_until ELSE next_run_at END <= (SELECT now FROM clock)
  AND expires_at > (SELECT now FROM clock)
  AND NOT (status = 'PROCESSING' AND attempts >= max_attempts)
