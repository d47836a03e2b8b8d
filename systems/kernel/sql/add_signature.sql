-- A manifest's signature.
INSERT INTO manifest_signatures (id, manifest_id, signer_id, signature, algorithm, key_version, version, ts)
VALUES (%(id)s, %(manifest_id)s, %(signer_id)s, %(signature)s, %(algorithm)s, %(key_version)s, %(version)s,
  %(ts)s::timestamptz)
