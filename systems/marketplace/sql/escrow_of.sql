-- One job's escrow, as who looks after it sees it.
SELECT id AS "jobId", title, "clientId", "escrowPending", "escrowDeployed", "escrowOnChainId", "escrowDeploymentAttempts",
  "escrowRollbackRequested", "escrowPendingSince" AS "pendingSince"
FROM jobs
WHERE id = %(id)s
