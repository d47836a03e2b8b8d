-- A new upgrade; none, where its name is known.
INSERT INTO upgrades (id, upgrade_id, manifest, submitted_by, submitted_at)
VALUES (%(id)s, %(upgrade_id)s, %(manifest)s::jsonb, %(submitted_by)s, %(submitted_at)s::timestamptz)
ON CONFLICT (upgrade_id) DO NOTHING RETURNING id
