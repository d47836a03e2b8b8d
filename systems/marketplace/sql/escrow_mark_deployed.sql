-- It is on the chain; no row where it is there by another id, is cancelled, or is to be rolled back.
UPDATE jobs SET
  "escrowPending" = false, "escrowDeployed" = true, "escrowOnChainId" = %(number)s,
  "updatedAt" = CASE WHEN "escrowDeployed" THEN "updatedAt" ELSE timezone('UTC', now()) END
WHERE id = %(id)s AND "useBlockchain" AND "escrowCancelledAt" IS NULL
  AND CASE WHEN "escrowDeployed" THEN "escrowOnChainId" = %(number)s ELSE NOT "escrowRollbackRequested" END
RETURNING id, "escrowDeployed", "escrowOnChainId"
