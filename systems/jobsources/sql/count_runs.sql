-- How many runs of a user's there are.
SELECT count(*) AS total
FROM job_source_runs
WHERE user_id = %(user_id)s::uuid
  AND (%(status)s::job_source_run_status IS NULL OR status = %(status)s::job_source_run_status)
  AND (%(window_hours)s::int IS NULL OR created_at > clock_timestamp() - make_interval(hours => %(window_hours)s::int))
