-- One request of a user after the other, whichever process it is in.
SELECT id FROM users WHERE id = %(id)s::uuid FOR NO KEY UPDATE
