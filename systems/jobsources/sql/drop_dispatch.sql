-- A task that need not be delivered again.
DELETE FROM job_source_dispatches WHERE source_run_id = %(id)s::uuid
