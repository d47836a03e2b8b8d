-- Jobs that are not offered yet.
CREATE TABLE job_drafts (
  id text PRIMARY KEY,
  "clientId" text NOT NULL REFERENCES users (id) ON DELETE CASCADE ON UPDATE CASCADE,
  data jsonb NOT NULL,
  published boolean NOT NULL DEFAULT false,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);
CREATE INDEX "job_drafts_clientId_updatedAt_idx" ON job_drafts ("clientId", "updatedAt");
