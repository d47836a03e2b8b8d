-- In how many seconds the next task is due.
SELECT extract(epoch FROM min(due_at) - clock_timestamp())::float8 AS seconds FROM job_source_dispatches
