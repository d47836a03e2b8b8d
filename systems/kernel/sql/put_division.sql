-- A division as it is named; what is not named keeps its value, or gets its default.
INSERT INTO divisions (id, name, goals, budget, currency, kpis, policies, metadata, status, version, manifest_signature_id)
VALUES (%(id)s, %(name)s, %(goals)s::jsonb, coalesce(%(budget)s::numeric, 0), coalesce(%(currency)s, 'USD'),
  coalesce(%(kpis)s::jsonb, '[]'), coalesce(%(policies)s::jsonb, '[]'), coalesce(%(metadata)s::jsonb, '{}'),
  coalesce(%(status)s, 'active'), coalesce(%(version)s, '1.0.0'), %(signature_id)s)
ON CONFLICT (id) DO UPDATE SET
  name = EXCLUDED.name, goals = EXCLUDED.goals,
  budget = coalesce(%(budget)s::numeric, divisions.budget),
  currency = coalesce(%(currency)s, divisions.currency),
  kpis = coalesce(%(kpis)s::jsonb, divisions.kpis),
  policies = coalesce(%(policies)s::jsonb, divisions.policies),
  metadata = coalesce(%(metadata)s::jsonb, divisions.metadata),
  status = coalesce(%(status)s, divisions.status),
  version = coalesce(%(version)s, divisions.version),
  manifest_signature_id = EXCLUDED.manifest_signature_id, updated_at = clock_timestamp()
