-- The newest jobs in given states.
SELECT job_id, job_type, status, priority, worker_id, attempts, max_attempts, created_at, updated_at,
  suspended_at, suspended_by
FROM job_queue WHERE %(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s::text[])
ORDER BY created_at DESC, seq DESC LIMIT %(most)s
