-- A new run; none where the run that it retries has a retry already.
INSERT INTO job_source_runs (
  id, source, user_id, career_profile_id, listing_url, canonical_listing_url, intent_fingerprint, filters, trace_id,
  retry_of_run_id, retry_count, started_at
) VALUES (
  %(id)s::uuid, 'PRACUJ_PL', %(user_id)s::uuid, %(career_profile_id)s::uuid, %(listing_url)s, %(canonical_listing_url)s,
  %(fingerprint)s, %(filters)s::jsonb, %(trace_id)s::uuid, %(retry_of_run_id)s::uuid, %(retry_count)s, clock_timestamp()
) ON CONFLICT (retry_of_run_id) DO NOTHING
RETURNING id, created_at
