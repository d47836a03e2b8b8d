-- RUNNING to COMPLETED.
UPDATE job_source_runs SET
  status = 'COMPLETED', total_found = %(total_found)s, scraped_count = %(scraped_count)s, error = NULL, failure_type = NULL,
  classified_outcome = %(outcome)s, empty_reason = %(empty_reason)s, source_quality = %(quality)s,
  finalized_at = clock_timestamp(), completed_at = clock_timestamp()
WHERE id = %(id)s::uuid AND status = 'RUNNING'
RETURNING id
