-- How much a user has asked for already.
SELECT
  count(*) FILTER (WHERE status IN ('PENDING', 'RUNNING')) AS active,
  count(*) FILTER (WHERE created_at > clock_timestamp() - interval '24 hours') AS today,
  count(*) FILTER (
    WHERE intent_fingerprint = %(fingerprint)s AND retry_of_run_id IS NULL
      AND created_at > clock_timestamp() - make_interval(secs => %(same_intent_seconds)s)
  ) AS same_intent
FROM job_source_runs
WHERE user_id = %(user_id)s::uuid
  AND (status IN ('PENDING', 'RUNNING') OR created_at > clock_timestamp() - interval '24 hours')
