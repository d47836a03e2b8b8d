-- Every worker ever seen, and whether it was seen lately.
SELECT worker_id, last_seen > coreos_now_ms() - %(lost_ms)s AS is_active FROM workers ORDER BY worker_id COLLATE "C"
