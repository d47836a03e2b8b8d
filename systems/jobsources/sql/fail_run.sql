-- PENDING or RUNNING to FAILED.
UPDATE job_source_runs SET
  status = 'FAILED', total_found = %(total_found)s, scraped_count = %(scraped_count)s, error = %(error)s,
  failure_type = %(failure_type)s, classified_outcome = %(outcome)s, source_quality = %(quality)s,
  finalized_at = clock_timestamp(), completed_at = clock_timestamp()
WHERE id = %(id)s::uuid AND status IN ('PENDING', 'RUNNING')
RETURNING id
