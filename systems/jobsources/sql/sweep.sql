-- Runs that wait for a worker, or have heard nothing of theirs, for too long.
UPDATE job_source_runs SET
  error = '[timeout] run stale watchdog: '
    || CASE status WHEN 'PENDING' THEN 'worker-not-started' ELSE 'heartbeat-stopped-or-callback-missing' END,
  status = 'FAILED', failure_type = 'timeout', classified_outcome = 'worker_timeout',
  finalized_at = clock_timestamp(), completed_at = clock_timestamp()
WHERE status = 'PENDING' AND created_at < clock_timestamp() - make_interval(mins => %(pending_minutes)s)
  OR status = 'RUNNING' AND coalesce(last_heartbeat_at, started_at, created_at)
    < clock_timestamp() - make_interval(mins => %(running_minutes)s)
RETURNING id
