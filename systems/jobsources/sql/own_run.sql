-- One run of a user's; a row without one where the user is still there.
SELECT r.id, r.source, r.user_id, r.career_profile_id, r.listing_url, r.canonical_listing_url, r.filters, r.trace_id,
  r.status, r.total_found, r.scraped_count, r.error, r.failure_type, r.classified_outcome, r.empty_reason,
  r.source_quality, r.finalized_at, r.last_heartbeat_at, r.progress, r.retry_of_run_id, r.retry_count, r.started_at,
  r.completed_at, r.created_at
FROM users u LEFT JOIN job_source_runs r ON r.user_id = u.id AND r.id = %(id)s::uuid
WHERE u.id = %(user_id)s::uuid AND u.is_active AND u.deleted_at IS NULL
