-- One page of the audit log, newest first.
SELECT id, type, job_id, job_type, trace_id, worker_id, status, attempts, max_attempts, result_hash, metrics,
  error_code, timestamp, severity
FROM platform_audit_logs
WHERE type = coalesce(%(type)s, type)
  AND starts_with(type, coalesce(%(prefix)s, ''))
  AND severity = coalesce(%(severity)s, severity)
  AND trace_id = coalesce(%(trace_id)s, trace_id)
  AND actor_id = coalesce(%(actor_id)s, actor_id)
  AND timestamp >= coalesce(%(since)s, timestamp)
  AND timestamp <= coalesce(%(until)s, timestamp)
  AND id < coalesce(%(before)s, id + 1)
ORDER BY id DESC LIMIT %(most)s
