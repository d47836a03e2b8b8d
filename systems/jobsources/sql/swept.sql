-- How many runs are open, and how many were ended for their silence.
SELECT
  (SELECT count(*) FROM job_source_runs WHERE status IN ('PENDING', 'RUNNING')) AS open,
  (SELECT count(*) FROM job_source_runs
   WHERE status = 'FAILED' AND error LIKE '[timeout] run stale watchdog:%%'
     AND finalized_at > clock_timestamp() - make_interval(hours => %(window_hours)s)) AS ended
