-- Tasks of runs that wait for no worker any more.
DELETE FROM job_source_dispatches d USING job_source_runs r
WHERE r.id = d.source_run_id AND r.status <> 'PENDING' AND d.due_at <= clock_timestamp()
