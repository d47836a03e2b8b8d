-- Keep accepted results and what their senders were told.
INSERT INTO job_results (job_id, attempt, result, answer, received_at)
SELECT job_id, attempt, result::json, answer::json, coreos_now_ms()
FROM unnest(%(job_id)s::text[], %(attempt)s::integer[], %(result)s::text[], %(answer)s::text[])
  AS accepted (job_id, attempt, result, answer)
