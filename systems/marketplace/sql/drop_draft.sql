-- Takes one's own draft away.
DELETE FROM job_drafts WHERE id = %(id)s AND "clientId" = %(client_id)s RETURNING id
