-- Whether a job is somebody's.
SELECT id FROM jobs WHERE id = %(id)s AND "clientId" = %(client_id)s
