-- The profile that a run is for: the one that is named, else the newest.
SELECT id FROM career_profiles
WHERE user_id = %(user_id)s::uuid AND is_active AND status = 'READY' AND (%(id)s::uuid IS NULL OR id = %(id)s::uuid)
ORDER BY created_at DESC LIMIT 1
