-- One upgrade, held until this transaction ends.
SELECT id, upgrade_id, manifest, status, submitted_by, submitted_at, applied_by, applied_at
FROM upgrades WHERE upgrade_id = %(upgrade_id)s FOR UPDATE
