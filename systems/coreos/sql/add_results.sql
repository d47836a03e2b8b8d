-- Keep accepted results.
INSERT INTO job_results (job_id, attempt, result, received_at)
SELECT job_id, attempt, result::json, coreos_now_ms()
FROM unnest(%(job_id)s::text[], %(attempt)s::integer[], %(result)s::text[]) AS accepted (job_id, attempt, result)
