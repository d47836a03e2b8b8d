-- One agent.
SELECT id, template_id, role, skills, code_ref, division_id, state, created_at, updated_at FROM agents WHERE id = %(id)s
