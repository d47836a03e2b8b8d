-- The accepted result of one attempt.
SELECT result FROM job_results WHERE job_id = %(job_id)s AND attempt = %(attempt)s
