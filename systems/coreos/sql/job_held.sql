-- One job, held still until the transaction ends.
SELECT *, coreos_now_ms() AS now FROM job_queue WHERE job_id = %(job_id)s FOR UPDATE
