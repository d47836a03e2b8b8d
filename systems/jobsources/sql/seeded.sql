-- What is there already of a user who is to be there.
SELECT u.id, u.password, u.role, EXISTS (
  SELECT 1 FROM career_profiles p WHERE p.user_id = u.id AND p.is_active AND p.status = 'READY'
) AS has_profile
FROM users u WHERE u.email = %(email)s
