-- How many jobs have an escrow in which state.
SELECT
  count(*) FILTER (WHERE "escrowCancelledAt" IS NOT NULL) AS cancelled,
  count(*) FILTER (WHERE "escrowCancelledAt" IS NULL AND "escrowDeployed") AS deployed,
  count(*) FILTER (WHERE "escrowCancelledAt" IS NULL AND NOT "escrowDeployed" AND "escrowPending") AS pending,
  count(*) FILTER (WHERE "escrowCancelledAt" IS NULL AND NOT "escrowDeployed" AND NOT "escrowPending") AS none
FROM jobs
