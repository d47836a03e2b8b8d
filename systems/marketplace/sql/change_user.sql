-- Another name or e-mail; raises unique_violation where it is somebody else's.
UPDATE users SET
  username = coalesce(%(username)s, username),
  email = coalesce(%(email)s, email),
  "updatedAt" = timezone('UTC', now())
WHERE id = %(id)s
