-- Where a job's escrow stands.
ALTER TABLE jobs
  ADD COLUMN "useBlockchain" boolean NOT NULL DEFAULT false,
  ADD COLUMN "escrowPending" boolean NOT NULL DEFAULT false,
  ADD COLUMN "escrowDeployed" boolean NOT NULL DEFAULT false,
  ADD COLUMN "escrowDeploymentAttempts" integer NOT NULL DEFAULT 0,
  ADD COLUMN "escrowOnChainId" integer;
CREATE INDEX "jobs_escrowPending_idx" ON jobs ("escrowPending");
CREATE INDEX "jobs_escrowDeployed_idx" ON jobs ("escrowDeployed");
