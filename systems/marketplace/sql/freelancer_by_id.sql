-- A freelancer, as the list has them.
SELECT u.id, u.username, u."walletAddress", u."userType", u."createdAt", u."updatedAt",
  p.title, p.bio, p.skills, p."hourlyRate", p.experience, p.rating, p."completedJobs", p.avatar
FROM users u JOIN profiles p ON p."userId" = u.id
WHERE u.id = %(id)s AND u."userType" IN ('FREELANCER', 'BOTH')
