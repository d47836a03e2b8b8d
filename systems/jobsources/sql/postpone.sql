-- A task that no worker had room for.
UPDATE job_source_dispatches SET due_at = clock_timestamp() + make_interval(secs => %(in_seconds)s)
WHERE source_run_id = %(id)s::uuid
