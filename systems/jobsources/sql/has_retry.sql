-- Whether a run was retried.
SELECT EXISTS (SELECT 1 FROM job_source_runs WHERE retry_of_run_id = %(id)s::uuid) AS answer
