-- Say that an execution runs, and hold its lease a little longer, unless it was taken over.
UPDATE worker_task_executions
SET status = 'started', updated_at = clock_timestamp(),
    lease_expires_at = greatest(lease_expires_at, clock_timestamp() + make_interval(secs => %(seconds)s))
WHERE id = %(id)s
RETURNING id;
