-- Forget an execution of another run under the same task id, unless it is still held.
DELETE FROM worker_task_executions
WHERE task_id = %(task_id)s
  AND source_run_id <> %(source_run_id)s
  AND (lease_expires_at IS NULL OR lease_expires_at <= clock_timestamp()
       OR status IN ('completed', 'failed', 'timed_out'));
