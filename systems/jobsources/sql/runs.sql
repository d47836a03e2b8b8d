-- A user's runs, newest first.
SELECT id, source, user_id, career_profile_id, listing_url, canonical_listing_url, filters, trace_id, status, total_found, scraped_count, error, failure_type, classified_outcome, empty_reason, source_quality, finalized_at, last_heartbeat_at, progress, retry_of_run_id, retry_count, started_at, completed_at, created_at
FROM job_source_runs
WHERE user_id = %(user_id)s::uuid
  AND (%(status)s::job_source_run_status IS NULL OR status = %(status)s::job_source_run_status)
  AND (%(window_hours)s::int IS NULL OR created_at > clock_timestamp() - make_interval(hours => %(window_hours)s::int))
ORDER BY created_at DESC, id LIMIT %(most)s OFFSET %(skipped)s
