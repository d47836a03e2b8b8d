-- The newest accepted result of a job.
SELECT result FROM job_results WHERE job_id = %(job_id)s ORDER BY attempt DESC LIMIT 1
