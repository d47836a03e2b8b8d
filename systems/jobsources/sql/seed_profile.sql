-- An active profile, ready for use.
INSERT INTO career_profiles (user_id, status, content) VALUES (%(user_id)s, 'READY', 'seeded')
