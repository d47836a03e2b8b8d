-- Open alerts, one of a type per cool-down.
INSERT INTO system_alerts (type, value, threshold, timestamp)
SELECT type, value, threshold, coreos_now_ms()
FROM unnest(%(type)s::text[], %(value)s::double precision[], %(threshold)s::double precision[])
  AS violation (type, value, threshold)
WHERE NOT EXISTS (
  SELECT FROM system_alerts AS known
  WHERE known.type = violation.type AND known.timestamp > coreos_now_ms() - %(cooldown_ms)s)
