-- Note on an ended job which new one takes its place: once.
UPDATE job_queue SET requeued_as = %(new_job_id)s, updated_at = coreos_now_ms()
WHERE job_id = %(job_id)s AND status IN ('DEAD', 'FAILED') AND requeued_as IS NULL
  AND updated_at <= coalesce(%(seen)s, updated_at)
RETURNING *
