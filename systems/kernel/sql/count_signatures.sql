-- How many manifests a signer signed.
SELECT count(*) AS signatures FROM manifest_signatures WHERE signer_id = %(signer_id)s
