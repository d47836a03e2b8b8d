-- Lengthen a lease: only its holder's, only of the newest attempt, only while it runs.
UPDATE job_queue SET
  lease_until = clock.now + lease_duration_ms, heartbeat_at = clock.now, updated_at = clock.now
FROM (SELECT coreos_now_ms() AS now) AS clock
WHERE job_id = %(job_id)s AND status = 'PROCESSING' AND worker_id = %(worker_id)s
  AND attempts = %(attempt)s AND lease_until > coreos_now_ms()
RETURNING lease_until
