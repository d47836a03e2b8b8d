-- A task that is to be delivered, and when to deliver it should its first delivery be lost.
INSERT INTO job_source_dispatches (source_run_id, task, due_at)
VALUES (%(id)s::uuid, %(task)s::jsonb, clock_timestamp() + make_interval(secs => %(in_seconds)s))
