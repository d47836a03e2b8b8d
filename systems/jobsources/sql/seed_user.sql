-- A user who is to be there.
INSERT INTO users (email, password, role) VALUES (%(email)s, %(password)s, %(role)s)
ON CONFLICT (email) DO UPDATE SET
  password = EXCLUDED.password, role = EXCLUDED.role, is_active = true, deleted_at = NULL, updated_at = clock_timestamp()
RETURNING id
