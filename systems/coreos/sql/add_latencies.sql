-- Add points to the series of latencies.
INSERT INTO core_metrics_ts (metric, value, labels, timestamp)
SELECT 'job_latency', latency_ms, json_build_object('jobType', job_type), coreos_now_ms()
FROM unnest(%(latency_ms)s::double precision[], %(job_type)s::text[]) AS point (latency_ms, job_type)
