-- Somebody who may log in.
SELECT id, email, password, role, created_at, updated_at FROM users
WHERE email = lower(%(email)s) AND is_active AND deleted_at IS NULL
