-- Takes the tasks that are due, so that nobody else delivers them meanwhile.
UPDATE job_source_dispatches d SET due_at = clock_timestamp() + make_interval(secs => %(in_seconds)s)
WHERE d.source_run_id IN (
  SELECT o.source_run_id FROM job_source_dispatches o JOIN job_source_runs r ON r.id = o.source_run_id
  WHERE o.due_at <= clock_timestamp() AND r.status = 'PENDING'
  ORDER BY o.due_at LIMIT 20 FOR UPDATE OF o SKIP LOCKED
)
RETURNING d.source_run_id, d.task
