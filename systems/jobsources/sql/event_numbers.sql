-- What the metrics tell of callbacks.
SELECT
  count(*) AS total,
  count(*) FILTER (WHERE status = 'FAILED') AS failed,
  count(*) FILTER (WHERE status = 'COMPLETED') AS completed
FROM job_source_callback_events
WHERE received_at > clock_timestamp() - make_interval(hours => %(window_hours)s)
