-- How far the stored chain goes, whatever its head says.
SELECT coalesce(max(seq), 0) AS seq FROM audit_events
