-- The offers of a callback that nobody has seen before.
INSERT INTO job_offers (
  source, run_id, url, offer_identity_key, source_id, title, company, location, salary, employment_type, apply_url,
  posted_at, expires_at, description, requirements, details
)
SELECT 'PRACUJ_PL', %(run_id)s::uuid, j.* FROM jsonb_to_recordset(%(offers)s::jsonb) AS j (
  url text, identity_key text, source_id text, title text, company text, location text, salary text,
  employment_type text, apply_url text, posted_at timestamptz, expires_at timestamptz, description text,
  requirements jsonb, details jsonb
)
WHERE NOT EXISTS (
  SELECT 1 FROM job_offers o WHERE o.source = 'PRACUJ_PL' AND (o.url = j.url OR o.offer_identity_key = j.identity_key)
)
ORDER BY j.identity_key
ON CONFLICT DO NOTHING
