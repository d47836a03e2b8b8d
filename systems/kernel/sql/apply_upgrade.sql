-- The upgrade is applied.
UPDATE upgrades SET status = 'applied', applied_by = %(applied_by)s, applied_at = %(applied_at)s::timestamptz
WHERE id = %(id)s
