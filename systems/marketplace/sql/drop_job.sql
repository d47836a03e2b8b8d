-- Takes a job away; no row where it is another's, or work on it has begun.
DELETE FROM jobs WHERE id = %(id)s AND "clientId" = %(client_id)s AND status NOT IN ('IN_PROGRESS', 'COMPLETED')
RETURNING id
