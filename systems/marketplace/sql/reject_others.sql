-- Rejects whoever else applied.
UPDATE applications SET status = 'REJECTED', "updatedAt" = timezone('UTC', now())
WHERE "jobId" = %(job_id)s AND id <> %(id)s AND status = 'PENDING'
