-- The offers of a callback as they are told now.
UPDATE job_offers o SET
  title = j.title, company = coalesce(j.company, o.company), location = coalesce(j.location, o.location),
  description = j.description, last_seen_at = clock_timestamp()
FROM jsonb_to_recordset(%(offers)s::jsonb) AS j (
  url text, identity_key text, title text, company text, location text, description text
)
WHERE o.source = 'PRACUJ_PL' AND (o.url = j.url OR o.offer_identity_key = j.identity_key)
