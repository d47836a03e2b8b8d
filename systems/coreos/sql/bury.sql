-- Dead letters of jobs that died in this transaction.
INSERT INTO job_dead_letters (job_id, job_type, actor_id, trace_id, attempts, max_attempts, last_error, worker_id,
  payload, created_at, updated_at, dead_at)
SELECT job_id, job_type, actor_id, trace_id, attempts, max_attempts, last_error, worker_id, payload, created_at,
  updated_at, updated_at
FROM job_queue WHERE job_id = ANY (%(job_id)s::text[])
