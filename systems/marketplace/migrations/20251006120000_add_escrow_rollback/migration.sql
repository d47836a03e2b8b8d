-- Escrows that are to be rolled back, and those that were.
ALTER TABLE jobs
  ADD COLUMN "escrowRollbackRequested" boolean NOT NULL DEFAULT false,
  ADD COLUMN "escrowRollbackReason" text,
  ADD COLUMN "escrowCancelledAt" timestamp(3);
CREATE INDEX "jobs_escrowRollbackRequested_idx" ON jobs ("escrowRollbackRequested");
