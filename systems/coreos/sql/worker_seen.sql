-- A worker polls: record it, unless its id is held by another process.
INSERT INTO workers AS known (worker_id, instance_id, last_seen)
VALUES (%(worker_id)s, %(instance_id)s, coreos_now_ms())
ON CONFLICT (worker_id) DO UPDATE SET instance_id = excluded.instance_id, last_seen = excluded.last_seen
WHERE known.instance_id = excluded.instance_id OR known.last_seen <= coreos_now_ms() - %(hold_ms)s
RETURNING known.worker_id
