-- Who holds the lease of a run, or the name of a task.
SELECT task_id, lease_expires_at
FROM worker_task_executions
WHERE source_run_id = %(source_run_id)s OR task_id = %(task_id)s
ORDER BY (source_run_id = %(source_run_id)s) DESC
LIMIT 1;
