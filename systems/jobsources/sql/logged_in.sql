-- When somebody logged in last.
UPDATE users SET last_login_at = clock_timestamp() WHERE id = %(id)s RETURNING last_login_at
