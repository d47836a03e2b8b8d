-- A run, and no other callback beside this one.
SELECT id, user_id, career_profile_id, status, error FROM job_source_runs WHERE id = %(id)s::uuid FOR UPDATE
