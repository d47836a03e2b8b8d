-- Write audit rows; what the job itself knows is taken from it.
INSERT INTO platform_audit_logs (type, job_id, job_type, trace_id, actor_id, worker_id, status, attempts, max_attempts,
  result_hash, metrics, error_code, timestamp)
SELECT event.type, job_id, job_type, trace_id, actor_id, event.worker_id, event.status, event.attempts, max_attempts,
  event.result_hash, event.metrics::json, event.error_code, coreos_now_ms()
FROM unnest(%(type)s::text[], %(job_id)s::text[], %(worker_id)s::text[], %(status)s::text[], %(attempts)s::integer[],
    %(result_hash)s::text[], %(metrics)s::text[], %(error_code)s::text[])
  WITH ORDINALITY AS event (type, job_id, worker_id, status, attempts, result_hash, metrics, error_code, place)
JOIN job_queue USING (job_id)
ORDER BY event.place
