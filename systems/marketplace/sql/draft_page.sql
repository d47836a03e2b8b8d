-- A page of somebody's drafts, the latest first, and how many there are; one row at least.
SELECT counted.total, page.*
FROM (SELECT count(*) AS total FROM job_drafts WHERE "clientId" = %(client_id)s) AS counted
LEFT JOIN (
  SELECT * FROM job_drafts WHERE "clientId" = %(client_id)s
  ORDER BY "updatedAt" DESC, id LIMIT %(limit)s OFFSET %(skipped)s
) AS page ON true
ORDER BY page."updatedAt" DESC, page.id
