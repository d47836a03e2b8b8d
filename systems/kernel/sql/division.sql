-- One division.
SELECT id, name, goals, budget, currency, kpis, policies, metadata, status, version, created_at, updated_at,
  manifest_signature_id
FROM divisions WHERE id = %(id)s
