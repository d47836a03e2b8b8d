-- Shows the offers of a callback to the user of its run.
INSERT INTO user_job_offers (user_id, career_profile_id, job_offer_id, source_run_id)
SELECT DISTINCT r.user_id, r.career_profile_id, o.id, r.id
FROM job_source_runs r, job_offers o
JOIN jsonb_to_recordset(%(offers)s::jsonb) AS j (url text, identity_key text)
  ON o.url = j.url OR o.offer_identity_key = j.identity_key
WHERE r.id = %(run_id)s::uuid AND r.user_id IS NOT NULL AND r.career_profile_id IS NOT NULL AND o.source = 'PRACUJ_PL'
ON CONFLICT DO NOTHING
RETURNING job_offer_id
