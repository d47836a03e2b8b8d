-- The column was new, and nothing before reads it.
ALTER TABLE jobs DROP COLUMN "escrowPendingSince";
