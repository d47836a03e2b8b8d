-- A sign of life; a finished run has none, and a copy of an older one is none.
UPDATE job_source_runs SET
  status = 'RUNNING', last_heartbeat_at = clock_timestamp(), progress = coalesce(%(progress)s::jsonb, progress),
  last_heartbeat_signed = coalesce(%(signed)s::bigint, last_heartbeat_signed)
WHERE id = %(id)s::uuid AND status IN ('PENDING', 'RUNNING')
  AND (%(signed)s::bigint IS NULL OR last_heartbeat_signed IS NULL OR last_heartbeat_signed < %(signed)s::bigint)
RETURNING status, last_heartbeat_at
