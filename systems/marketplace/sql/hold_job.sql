-- A client's own job, which nobody else changes until the transaction ends.
SELECT id, status FROM jobs WHERE id = %(id)s AND "clientId" = %(client_id)s FOR UPDATE
