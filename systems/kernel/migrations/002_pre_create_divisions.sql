-- Divisions, their agents, what agents are judged by and given.
CREATE TABLE divisions (
  id          uuid PRIMARY KEY,
  name        text NOT NULL,
  goals       jsonb NOT NULL DEFAULT '[]',
  budget      numeric NOT NULL DEFAULT 0,
  currency    text NOT NULL DEFAULT 'USD',
  kpis        jsonb NOT NULL DEFAULT '[]',
  policies    jsonb NOT NULL DEFAULT '[]',
  metadata    jsonb NOT NULL DEFAULT '{}',
  status      text NOT NULL DEFAULT 'active',
  version     text NOT NULL DEFAULT '1.0.0',
  manifest_signature_id uuid REFERENCES manifest_signatures (id),
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE agents (
  id          uuid PRIMARY KEY,
  template_id text NOT NULL,
  role        text,
  skills      jsonb NOT NULL DEFAULT '[]',
  code_ref    text,
  division_id uuid NOT NULL REFERENCES divisions (id),
  state       text NOT NULL DEFAULT 'stopped',
  profile     jsonb NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE eval_reports (
  id             uuid PRIMARY KEY,
  agent_id       uuid NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
  metric_set     jsonb NOT NULL,
  timestamp      timestamptz NOT NULL,
  source         text,
  computed_score numeric,
  "window"       text
);
CREATE INDEX eval_reports_newest ON eval_reports (agent_id, timestamp DESC);

CREATE TABLE memory_nodes (
  id         uuid PRIMARY KEY,
  agent_id   uuid REFERENCES agents (id) ON DELETE CASCADE,
  content    jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE resource_allocations (
  id           uuid PRIMARY KEY,
  entity_id    varchar NOT NULL,
  pool         text,
  delta        numeric NOT NULL DEFAULT 0,
  reason       text,
  requested_by text,
  status       text NOT NULL DEFAULT 'pending',
  ts           timestamptz NOT NULL DEFAULT clock_timestamp()
);

INSERT INTO schema_migrations (name) VALUES ('002_pre_create_divisions.sql') ON CONFLICT DO NOTHING;
