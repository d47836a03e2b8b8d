-- Once more; no row where it is deployed or cancelled, is to be rolled back, or has waited too short a time.
UPDATE jobs SET
  "escrowPending" = true, "escrowPendingSince" = timezone('UTC', now()),
  "escrowDeploymentAttempts" = "escrowDeploymentAttempts" + 1, "updatedAt" = timezone('UTC', now())
WHERE id = %(id)s AND "useBlockchain" AND "escrowCancelledAt" IS NULL
  AND NOT "escrowDeployed" AND NOT "escrowRollbackRequested"
  AND (
    NOT "escrowPending" OR "escrowPendingSince" IS NULL
    OR greatest(0, extract(epoch FROM timezone('UTC', now()) - "escrowPendingSince")) >= %(threshold)s
  )
RETURNING id, "escrowPending", "escrowDeploymentAttempts"
