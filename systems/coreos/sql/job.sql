-- One job.
SELECT * FROM job_queue WHERE job_id = %(job_id)s
