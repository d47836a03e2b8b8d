-- When an event was.
SELECT ts FROM audit_events WHERE seq = %(seq)s
