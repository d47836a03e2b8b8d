-- PENDING to RUNNING.
UPDATE job_source_runs SET status = 'RUNNING' WHERE id = %(id)s::uuid AND status = 'PENDING' RETURNING status
