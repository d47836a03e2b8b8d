-- Marks one's own draft as published, once.
UPDATE job_drafts SET published = true, "updatedAt" = timezone('UTC', now())
WHERE id = %(id)s AND "clientId" = %(client_id)s AND NOT published
RETURNING data
