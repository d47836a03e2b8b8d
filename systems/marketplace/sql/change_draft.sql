-- Another content of one's own draft.
UPDATE job_drafts SET
  data = coalesce(%(data)s::jsonb, data), published = published OR %(published)s, "updatedAt" = timezone('UTC', now())
WHERE id = %(id)s AND "clientId" = %(client_id)s
RETURNING *
