-- PENDING to FAILED: no worker takes it.
UPDATE job_source_runs SET
  status = 'FAILED', error = %(error)s, failure_type = 'unknown', classified_outcome = 'failed:unknown',
  finalized_at = clock_timestamp(), completed_at = clock_timestamp()
WHERE id = %(id)s::uuid AND status = 'PENDING'
RETURNING id
