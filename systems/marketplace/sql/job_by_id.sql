-- A job, its client, and how many applied.
SELECT j.*, u.username, u."walletAddress", p.rating, p."completedJobs",
  (SELECT count(*) FROM applications a WHERE a."jobId" = j.id) AS applications
FROM jobs j JOIN users u ON u.id = j."clientId" LEFT JOIN profiles p ON p."userId" = u.id
WHERE j.id = %(id)s
