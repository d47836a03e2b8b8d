-- Since when an escrow waits for its deployment.
ALTER TABLE jobs ADD COLUMN "escrowPendingSince" timestamp(3);
