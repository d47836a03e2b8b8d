-- What the metrics tell of runs.
SELECT
  count(*) FILTER (WHERE status IN ('PENDING', 'RUNNING')) AS active,
  count(*) FILTER (WHERE status = 'PENDING') AS pending,
  count(*) FILTER (WHERE status = 'RUNNING') AS running,
  count(*) FILTER (
    WHERE status = 'RUNNING'
      AND coalesce(last_heartbeat_at < clock_timestamp() - make_interval(secs => %(silent_seconds)s), true)
  ) AS silent,
  count(*) FILTER (WHERE is_recent) AS total,
  count(*) FILTER (WHERE is_recent AND status = 'COMPLETED') AS completed,
  count(*) FILTER (WHERE is_recent AND status = 'FAILED') AS failed,
  count(*) FILTER (WHERE is_recent AND retry_of_run_id IS NOT NULL) AS retries,
  count(*) FILTER (WHERE is_recent AND retry_of_run_id IS NOT NULL AND status = 'COMPLETED') AS retries_completed,
  count(*) FILTER (WHERE is_recent AND retry_of_run_id IS NOT NULL AND status = 'FAILED') AS retries_failed,
  count(*) FILTER (
    WHERE is_recent AND status = 'FAILED' AND error LIKE '[timeout] run stale watchdog:%%'
  ) AS stale
FROM (
  SELECT *, created_at > clock_timestamp() - make_interval(hours => %(window_hours)s) AS is_recent FROM job_source_runs
) AS runs
WHERE is_recent OR status IN ('PENDING', 'RUNNING')
