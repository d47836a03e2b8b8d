-- What the two lists are sorted and narrowed by.
CREATE INDEX jobs_status_idx ON jobs (status);
CREATE INDEX "jobs_clientId_idx" ON jobs ("clientId");
CREATE INDEX "jobs_createdAt_idx" ON jobs ("createdAt");
CREATE INDEX "jobs_status_createdAt_idx" ON jobs (status, "createdAt");
CREATE INDEX "profiles_hourlyRate_idx" ON profiles ("hourlyRate");
CREATE INDEX profiles_experience_idx ON profiles (experience);
CREATE INDEX profiles_rating_idx ON profiles (rating);
