-- A request for resources; none, where the id is known.
INSERT INTO resource_allocations (id, entity_id, pool, delta, reason, requested_by)
VALUES (%(id)s, %(entity_id)s, %(pool)s, %(delta)s::numeric, %(reason)s, %(requested_by)s)
ON CONFLICT (id) DO NOTHING RETURNING id
