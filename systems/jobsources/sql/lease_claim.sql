-- Take the lease of a run, as a new execution, unless somebody holds it.
INSERT INTO worker_task_executions AS held (source_run_id, task_id, status, lease_expires_at)
VALUES (
  %(source_run_id)s, %(task_id)s, 'accepted',
  coalesce(%(until)s, clock_timestamp() + make_interval(secs => %(seconds)s))
)
ON CONFLICT (source_run_id) DO UPDATE
SET id = excluded.id, task_id = excluded.task_id, status = excluded.status,
    lease_expires_at = excluded.lease_expires_at, updated_at = clock_timestamp()
WHERE held.lease_expires_at IS NULL OR held.lease_expires_at <= clock_timestamp()
   OR held.status IN ('completed', 'failed', 'timed_out')
RETURNING id;
