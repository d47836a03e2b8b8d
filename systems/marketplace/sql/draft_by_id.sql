-- One's own draft.
SELECT * FROM job_drafts WHERE id = %(id)s AND "clientId" = %(client_id)s
