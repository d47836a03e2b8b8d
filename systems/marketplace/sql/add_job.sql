-- A new job; no row where its client is gone.
WITH made AS (
  INSERT INTO jobs (
    id, title, description, "clientId", "budgetAmount", "budgetType", currency, duration, deadline, skills, requirements,
    "useBlockchain", "escrowPending", "escrowPendingSince", "createdAt", "updatedAt"
  )
  SELECT
    %(id)s, %(title)s, %(description)s, u.id, %(budgetAmount)s, %(budgetType)s::"BudgetType",
    coalesce(%(currency)s, 'USD'), %(duration)s, %(deadline)s::timestamp(3), %(skills)s::text[],
    coalesce(%(requirements)s::text[], '{}'), %(useBlockchain)s IS TRUE, %(useBlockchain)s IS TRUE,
    CASE WHEN %(useBlockchain)s THEN timezone('UTC', now()) END, timezone('UTC', now()), timezone('UTC', now())
  FROM users u WHERE u.id = %(client_id)s
  RETURNING *
)
SELECT made.*, u.username, p.rating, p."completedJobs"
FROM made JOIN users u ON u.id = made."clientId" LEFT JOIN profiles p ON p."userId" = u.id
