-- Takes back an application that nobody has answered.
DELETE FROM applications
WHERE "jobId" = %(job_id)s AND "freelancerId" = %(freelancer_id)s AND status = 'PENDING'
RETURNING id
