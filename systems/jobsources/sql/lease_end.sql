-- Let go of the lease of an execution that is over.
UPDATE worker_task_executions
SET status = %(status)s, lease_expires_at = NULL, updated_at = clock_timestamp()
WHERE id = %(id)s;
