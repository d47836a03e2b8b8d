-- Give an unfinished job another priority.
UPDATE job_queue AS job SET priority = %(priority)s, updated_at = coreos_now_ms()
FROM (SELECT job_id, priority AS previous FROM job_queue WHERE job_id = %(job_id)s FOR UPDATE) AS held
WHERE job.job_id = held.job_id AND priority <> %(priority)s AND status NOT IN ('COMPLETED', 'FAILED', 'DEAD')
  AND updated_at <= coalesce(%(seen)s, updated_at)
RETURNING previous
