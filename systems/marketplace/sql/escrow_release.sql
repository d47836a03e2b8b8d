-- Whether a milestone may be paid by now; nothing changes.
SELECT id, "escrowOnChainId" FROM jobs
WHERE id = %(id)s AND "useBlockchain" AND "escrowCancelledAt" IS NULL
  AND "escrowDeployed" AND "escrowOnChainId" = %(number)s
