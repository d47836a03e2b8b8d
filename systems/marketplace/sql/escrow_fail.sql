-- It did not get on the chain; no row where it did, or is cancelled.
UPDATE jobs SET "escrowPending" = false, "updatedAt" = timezone('UTC', now())
WHERE id = %(id)s AND "useBlockchain" AND "escrowCancelledAt" IS NULL AND NOT "escrowDeployed"
RETURNING id, "escrowPending"
