-- It was rolled back; no row where nobody asked for that, or it is deployed otherwise than it was when the chain was asked.
UPDATE jobs SET
  "escrowPending" = false, "escrowDeployed" = false, "escrowRollbackRequested" = false,
  "escrowCancelledAt" = timezone('UTC', now()), "updatedAt" = timezone('UTC', now())
WHERE id = %(id)s AND "useBlockchain" AND "escrowCancelledAt" IS NULL AND "escrowRollbackRequested"
  AND "escrowDeployed" = %(is_deployed)s AND "escrowOnChainId" IS NOT DISTINCT FROM %(number)s::int
RETURNING id, "escrowDeployed", "escrowPending", "escrowCancelledAt", "escrowOnChainId", "escrowRollbackReason"
