-- A milestone was paid, with the last one the job is done; no row where it is not deployed, or is cancelled.
UPDATE jobs SET
  status = CASE WHEN %(is_completed)s AND status <> 'CANCELLED' THEN 'COMPLETED' ELSE status END,
  "updatedAt" = CASE WHEN %(is_completed)s THEN timezone('UTC', now()) ELSE "updatedAt" END
WHERE id = %(id)s AND "useBlockchain" AND "escrowCancelledAt" IS NULL
  AND "escrowDeployed" AND "escrowOnChainId" = %(number)s
RETURNING id, status
