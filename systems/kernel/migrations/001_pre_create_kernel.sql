-- The Kernel's tables. Each file of this folder writes itself down, so that psql alone suffices.
CREATE TABLE schema_migrations (
  name       text PRIMARY KEY,
  checksum   text,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE kernel_settings (
  key        text PRIMARY KEY,
  value      jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- The end of the audit chain: whoever appends holds this row, so events queue and cannot fork.
INSERT INTO kernel_settings (key, value) VALUES ('audit.head', '{"count": 0, "headHash": null}');

CREATE TABLE audit_events (
  id          uuid PRIMARY KEY,
  seq         bigint NOT NULL UNIQUE CHECK (seq > 0),
  event_type  varchar(255) NOT NULL,
  payload     jsonb NOT NULL,
  prev_hash   text,
  hash        text NOT NULL UNIQUE,
  signature   text NOT NULL,
  signer_id   varchar(255) NOT NULL,
  key_version text NOT NULL,
  ts          timestamptz NOT NULL,
  UNIQUE NULLS NOT DISTINCT (prev_hash)   -- one root, and no hash with two children
);
CREATE INDEX audit_events_ts ON audit_events (ts);

CREATE TABLE manifest_signatures (
  id          uuid PRIMARY KEY,
  manifest_id varchar(255) NOT NULL,      -- text for good: ids such as dvg-e2e-test are stored
  signer_id   varchar(255) NOT NULL,
  signature   text NOT NULL,
  algorithm   text,
  key_version text,
  version     varchar(255),
  ts          timestamptz NOT NULL,
  prev_hash   text
);
CREATE INDEX manifest_signatures_manifest ON manifest_signatures (manifest_id);

CREATE TABLE idempotency (
  key             text PRIMARY KEY,       -- who asked, and the key that they gave
  method          text,
  path            text,
  request_hash    text,
  response_status integer,
  response_body   jsonb,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at      timestamptz
);

INSERT INTO schema_migrations (name) VALUES ('001_pre_create_kernel.sql') ON CONFLICT DO NOTHING;
