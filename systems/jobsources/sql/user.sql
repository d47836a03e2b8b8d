-- Somebody who is still there.
SELECT id, role FROM users WHERE id = %(id)s::uuid AND is_active AND deleted_at IS NULL
