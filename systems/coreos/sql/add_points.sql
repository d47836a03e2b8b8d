-- Add points to a time series.
INSERT INTO core_metrics_ts (metric, value, labels, timestamp)
SELECT %(metric)s, value, labels::json, coreos_now_ms()
FROM unnest(%(value)s::double precision[], %(labels)s::text[]) AS point (value, labels)
