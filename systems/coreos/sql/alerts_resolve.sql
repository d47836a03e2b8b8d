-- Close the alerts whose cause is gone.
UPDATE system_alerts SET resolved = true, resolved_at = coreos_now_ms()
WHERE NOT resolved AND NOT (type = ANY (%(type)s::text[]))
