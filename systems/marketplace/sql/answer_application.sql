-- Accepts or rejects an application that nobody has answered.
UPDATE applications SET status = %(status)s::"ApplicationStatus", "updatedAt" = timezone('UTC', now())
WHERE id = %(id)s AND "jobId" = %(job_id)s AND status = 'PENDING'
RETURNING id
