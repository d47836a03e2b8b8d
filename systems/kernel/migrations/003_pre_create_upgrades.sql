-- Upgrades, and who approved them.
CREATE TABLE upgrades (
  id           uuid PRIMARY KEY,
  upgrade_id   varchar NOT NULL UNIQUE,
  manifest     jsonb NOT NULL,
  status       text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'applied')),
  submitted_by text NOT NULL,
  submitted_at timestamptz NOT NULL,
  applied_by   text,
  applied_at   timestamptz
);

CREATE TABLE upgrade_approvals (
  id          uuid PRIMARY KEY,
  upgrade_id  uuid NOT NULL REFERENCES upgrades (id) ON DELETE CASCADE,
  approver_id text NOT NULL,
  signature   text NOT NULL,
  notes       text,
  approved_at timestamptz NOT NULL,
  UNIQUE (upgrade_id, approver_id)
);

INSERT INTO schema_migrations (name) VALUES ('003_pre_create_upgrades.sql') ON CONFLICT DO NOTHING;
