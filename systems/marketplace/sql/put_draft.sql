-- A draft as it is told; no row where it is another's. What was published stays so.
INSERT INTO job_drafts AS d (id, "clientId", data, published, "createdAt", "updatedAt")
SELECT %(id)s, u.id, %(data)s::jsonb, %(published)s, timezone('UTC', now()), timezone('UTC', now())
FROM users u WHERE u.id = %(client_id)s
ON CONFLICT (id) DO UPDATE SET
  data = excluded.data, published = d.published OR excluded.published, "updatedAt" = excluded."updatedAt"
WHERE d."clientId" = excluded."clientId"
RETURNING *
