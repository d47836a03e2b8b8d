-- A page of a user's runs, newest first, and how many there are; one row at least where the user is still there.
SELECT t.total, r.*
FROM users u
CROSS JOIN LATERAL (
  SELECT count(*) AS total FROM job_source_runs
  WHERE user_id = u.id
    AND (%(status)s::job_source_run_status IS NULL OR status = %(status)s::job_source_run_status)
    AND (%(window_hours)s::int IS NULL OR created_at > clock_timestamp() - make_interval(hours => %(window_hours)s::int))
) AS t
LEFT JOIN LATERAL (
  SELECT id, source, user_id, career_profile_id, listing_url, canonical_listing_url, filters, trace_id, status,
    total_found, scraped_count, error, failure_type, classified_outcome, empty_reason, source_quality, finalized_at,
    last_heartbeat_at, progress, retry_of_run_id, retry_count, started_at, completed_at, created_at
  FROM job_source_runs
  WHERE user_id = u.id
    AND (%(status)s::job_source_run_status IS NULL OR status = %(status)s::job_source_run_status)
    AND (%(window_hours)s::int IS NULL OR created_at > clock_timestamp() - make_interval(hours => %(window_hours)s::int))
  ORDER BY created_at DESC, id LIMIT %(most)s OFFSET %(skipped)s
) AS r ON true
WHERE u.id = %(user_id)s::uuid AND u.is_active AND u.deleted_at IS NULL
ORDER BY r.created_at DESC, r.id
