-- How a run is, without touching it.
SELECT status, last_heartbeat_at FROM job_source_runs WHERE id = %(id)s::uuid
