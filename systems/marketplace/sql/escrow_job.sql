-- Where a job's escrow stands, and whose it is.
SELECT j.id, j."clientId", u."walletAddress", j."useBlockchain", j."escrowPending", j."escrowDeployed",
  j."escrowOnChainId", j."escrowRollbackRequested", j."escrowCancelledAt",
  greatest(0, extract(epoch FROM timezone('UTC', now()) - j."escrowPendingSince"))::float8 AS waited
FROM jobs j JOIN users u ON u.id = j."clientId"
WHERE j.id = %(id)s
