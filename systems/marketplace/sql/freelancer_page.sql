-- A page of freelancers, and how many there are; one row at least.
WITH wanted AS NOT MATERIALIZED (
  SELECT u.id, u.username, u."walletAddress", u."userType", u."createdAt", u."updatedAt",
    p.title, p.bio, p.skills, p."hourlyRate", p.experience, p.rating, p."completedJobs", p.avatar
  FROM users u JOIN profiles p ON p."userId" = u.id
  WHERE u."userType" IN ('FREELANCER', 'BOTH')
    AND (%(text)s::text IS NULL OR u.username ILIKE %(text)s OR p.title ILIKE %(text)s OR p.bio ILIKE %(bio)s)
    AND (%(skills)s::text[] IS NULL OR p.skills && %(skills)s::text[])
    AND (%(least_rate)s::float8 IS NULL OR p."hourlyRate" >= %(least_rate)s)
    AND (%(most_rate)s::float8 IS NULL OR p."hourlyRate" <= %(most_rate)s)
    AND (%(least_experience)s::float8 IS NULL OR p.experience >= %(least_experience)s)
    AND (%(least_rating)s::float8 IS NULL OR p.rating >= %(least_rating)s)
)
SELECT counted.total, page.*
FROM (SELECT count(*) AS total FROM wanted) AS counted
LEFT JOIN (
  SELECT wanted.*, row_number() OVER (
    ORDER BY
      CASE WHEN %(sort)s = 'rating' THEN rating END DESC NULLS LAST,
      CASE WHEN %(sort)s = 'rate' THEN "hourlyRate" END,
      CASE WHEN %(sort)s = 'experience' THEN experience END DESC NULLS LAST,
      "createdAt" DESC, id
  ) AS place
  FROM wanted ORDER BY place LIMIT %(limit)s OFFSET %(skipped)s
) AS page ON true
ORDER BY page.place
