-- A page of jobs, and how many there are; one row at least.
WITH wanted AS NOT MATERIALIZED (
  SELECT * FROM jobs
  WHERE (%(client_id)s::text IS NULL AND status = 'OPEN' OR "clientId" = %(client_id)s)
    AND (%(title)s::text IS NULL OR title ILIKE %(title)s OR description ILIKE %(description)s)
    AND (%(budget_type)s::text IS NULL OR "budgetType" = %(budget_type)s::"BudgetType")
    AND (%(skills)s::text[] IS NULL OR skills && %(skills)s::text[])
    AND (%(least)s::float8 IS NULL OR "budgetAmount" >= %(least)s)
    AND (%(most)s::float8 IS NULL OR "budgetAmount" <= %(most)s)
)
SELECT counted.total, page.*, u.username, p.rating, p."completedJobs",
  (SELECT count(*) FROM applications a WHERE a."jobId" = page.id) AS applications
FROM (SELECT count(*) AS total FROM wanted) AS counted
LEFT JOIN (
  SELECT wanted.*, row_number() OVER (
    ORDER BY
      CASE WHEN %(sort)s = 'budget' THEN "budgetAmount" END DESC,
      CASE WHEN %(sort)s = 'deadline' THEN deadline END,
      "createdAt" DESC, id
  ) AS place
  FROM wanted ORDER BY place LIMIT %(limit)s OFFSET %(skipped)s
) AS page ON true
LEFT JOIN users u ON u.id = page."clientId"
LEFT JOIN profiles p ON p."userId" = u.id
ORDER BY page.place
