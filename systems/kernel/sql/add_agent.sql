-- A new agent; none, where the id is known.
INSERT INTO agents (id, template_id, role, skills, code_ref, division_id, profile)
VALUES (%(id)s, %(template_id)s, %(role)s, %(skills)s::jsonb, %(code_ref)s, %(division_id)s, %(profile)s::jsonb)
ON CONFLICT (id) DO NOTHING RETURNING id
