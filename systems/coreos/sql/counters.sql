-- All counters.
SELECT id, value FROM core_metrics ORDER BY id COLLATE "C"
