-- Who applied to a job, newest first.
SELECT a.*, u.username FROM applications a JOIN users u ON u.id = a."freelancerId"
WHERE a."jobId" = %(job_id)s ORDER BY a."appliedAt" DESC, a.id
