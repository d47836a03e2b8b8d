-- Use a ticket's nonce up.
INSERT INTO job_nonces (nonce, used_at) VALUES (%(nonce)s, %(now)s)
