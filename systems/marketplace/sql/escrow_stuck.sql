-- Escrows that somebody must look after: they wait for too long, or are to be rolled back. The longest first.
SELECT id AS "jobId", title, "clientId", "escrowPending", "escrowDeployed", "escrowOnChainId", "escrowDeploymentAttempts",
  "escrowRollbackRequested", "escrowPendingSince" AS "pendingSince"
FROM jobs
WHERE "escrowRollbackRequested" OR (
  "escrowPending" AND (
    "escrowPendingSince" IS NULL
    OR greatest(0, extract(epoch FROM timezone('UTC', now()) - "escrowPendingSince")) >= %(threshold)s
  )
)
ORDER BY "escrowPendingSince" NULLS FIRST, id
