-- Whose wallet this is.
SELECT u.*, p.avatar, p.rating, p."completedJobs"
FROM users u LEFT JOIN profiles p ON p."userId" = u.id
WHERE u."walletAddress" = %(wallet)s
