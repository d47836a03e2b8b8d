-- One transaction at a time changes alerts.
SELECT pg_advisory_xact_lock(hashtext('system_alerts'))
