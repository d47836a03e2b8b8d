-- Who signs in with this e-mail or, if nobody does, under this name.
SELECT u.*, p.avatar, p.rating, p."completedJobs"
FROM users u LEFT JOIN profiles p ON p."userId" = u.id
WHERE u.email = %(email)s OR u.username = %(username)s
ORDER BY u.email = %(email)s DESC LIMIT 1
