-- Somebody, and what there is to say of them.
SELECT u.*, p."firstName", p."lastName", p.title, p.location, p."companyName", p.avatar, p.skills, p."hourlyRate",
  p.rating, p."completedJobs", p."totalEarnings"
FROM users u LEFT JOIN profiles p ON p."userId" = u.id
WHERE u.id = %(id)s
