-- A worker's heartbeat keeps its id held; without an instance it speaks for the recorded one.
UPDATE workers SET last_seen = coreos_now_ms()
WHERE worker_id = %(worker_id)s AND instance_id = coalesce(%(instance_id)s, instance_id)
