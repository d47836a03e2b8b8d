-- Put a signed job in the queue.
INSERT INTO job_queue (job_id, ticket, payload, job_type, trace_id, actor_id, expires_at, nonce,
  max_attempts, priority, lease_duration_ms, created_at, updated_at, next_run_at)
VALUES (%(job_id)s, %(ticket)s, %(payload)s, %(job_type)s, %(trace_id)s, %(actor_id)s, %(expires_at)s, %(nonce)s,
  %(max_attempts)s, %(priority)s, %(lease_duration_ms)s, %(now)s, %(now)s, %(now)s)
