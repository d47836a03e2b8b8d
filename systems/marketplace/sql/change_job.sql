-- Other terms or another state; no row where it is another's, or the state is off the arrows.
WITH changed AS (
  UPDATE jobs SET
    title = coalesce(%(title)s, title),
    description = coalesce(%(description)s, description),
    "budgetAmount" = coalesce(%(budgetAmount)s::float8, "budgetAmount"),
    "budgetType" = coalesce(%(budgetType)s::"BudgetType", "budgetType"),
    currency = coalesce(%(currency)s, currency),
    duration = coalesce(%(duration)s, duration),
    deadline = coalesce(%(deadline)s::timestamp(3), deadline),
    skills = coalesce(%(skills)s::text[], skills),
    requirements = coalesce(%(requirements)s::text[], requirements),
    status = coalesce(%(status)s::"JobStatus", status),
    "useBlockchain" = CASE WHEN "escrowDeployed" THEN "useBlockchain" ELSE coalesce(%(useBlockchain)s, "useBlockchain") END,
    "escrowPending" = CASE
      WHEN "escrowDeployed" OR "escrowCancelledAt" IS NOT NULL OR %(useBlockchain)s::bool IS NULL
        OR %(useBlockchain)s = "useBlockchain" THEN "escrowPending"
      ELSE %(useBlockchain)s
    END,
    "escrowPendingSince" = CASE
      WHEN "escrowDeployed" OR "escrowCancelledAt" IS NOT NULL OR %(useBlockchain)s::bool IS NULL
        OR %(useBlockchain)s = "useBlockchain" THEN "escrowPendingSince"
      WHEN %(useBlockchain)s THEN timezone('UTC', now())
    END,
    "updatedAt" = timezone('UTC', now())
  WHERE id = %(id)s AND "clientId" = %(client_id)s AND (%(from)s::text IS NULL OR status = %(from)s::"JobStatus")
  RETURNING *
)
SELECT changed.*, u.username, p.rating, p."completedJobs"
FROM changed JOIN users u ON u.id = changed."clientId" LEFT JOIN profiles p ON p."userId" = u.id
