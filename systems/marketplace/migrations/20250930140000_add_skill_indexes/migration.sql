-- Whose skills overlap with those that are looked for.
CREATE INDEX idx_jobs_skills_gin ON jobs USING gin (skills);
CREATE INDEX idx_profiles_skills_gin ON profiles USING gin (skills);
