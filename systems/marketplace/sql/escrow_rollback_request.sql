-- It is to be rolled back; no row where it is cancelled.
UPDATE jobs SET
  "escrowRollbackRequested" = true, "escrowRollbackReason" = %(reason)s, "updatedAt" = timezone('UTC', now())
WHERE id = %(id)s AND "useBlockchain" AND "escrowCancelledAt" IS NULL
RETURNING id, "escrowRollbackRequested", "escrowRollbackReason"
