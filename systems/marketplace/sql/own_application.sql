-- Whether somebody applied to a job.
SELECT id FROM applications WHERE "jobId" = %(job_id)s AND "freelancerId" = %(freelancer_id)s
