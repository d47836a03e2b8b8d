-- Raise counters; in the order of their names, so that two transactions cannot wait for each other.
INSERT INTO core_metrics AS known (id, value, updated_at)
SELECT id, value, coreos_now_ms()
FROM unnest(%(id)s::text[], %(value)s::bigint[]) AS event (id, value) ORDER BY id COLLATE "C"
ON CONFLICT (id) DO UPDATE SET value = known.value + excluded.value, updated_at = excluded.updated_at
