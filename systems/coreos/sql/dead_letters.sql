-- The newest dead letters.
SELECT job_id, job_type, actor_id, trace_id, attempts, max_attempts, last_error, worker_id, created_at, updated_at
FROM job_dead_letters ORDER BY dead_at DESC, job_id LIMIT %(most)s
