-- A time series by the minute, oldest first.
SELECT to_char(to_timestamp(timestamp / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI') AS bucket,
  count(*) AS count, sum(value) AS sum, min(value) AS min, max(value) AS max
FROM core_metrics_ts WHERE metric = %(metric)s AND timestamp >= coreos_now_ms() - %(window_ms)s
GROUP BY bucket ORDER BY bucket
