CREATE TYPE job_source AS ENUM ('PRACUJ_PL');
CREATE TYPE job_source_run_status AS ENUM ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED');
CREATE TYPE career_profile_status AS ENUM ('PENDING', 'READY', 'FAILED');

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email varchar(255) NOT NULL UNIQUE,
  password text NOT NULL,
  role varchar(255) NOT NULL DEFAULT 'user',
  is_email_verified boolean NOT NULL DEFAULT true,
  is_active boolean NOT NULL DEFAULT true,
  last_login_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz
);

CREATE TABLE career_profiles (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  version integer NOT NULL DEFAULT 1,
  is_active boolean NOT NULL DEFAULT true,
  status career_profile_status NOT NULL DEFAULT 'PENDING',
  content text,
  content_json jsonb,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX career_profiles_user ON career_profiles (user_id);

CREATE TABLE job_source_runs (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  source job_source NOT NULL,
  user_id uuid REFERENCES users ON DELETE SET NULL,
  career_profile_id uuid,
  listing_url text NOT NULL,
  canonical_listing_url text,
  intent_fingerprint varchar(64),
  filters jsonb,
  trace_id uuid NOT NULL DEFAULT gen_random_uuid(),
  status job_source_run_status NOT NULL DEFAULT 'PENDING',
  total_found integer,
  scraped_count integer,
  error text,
  failure_type varchar(32),
  classified_outcome varchar(64),
  empty_reason varchar(64),
  source_quality varchar(32),
  finalized_at timestamptz,
  last_heartbeat_at timestamptz,
  -- The second that the last heartbeat was signed at: an older one is a copy.
  last_heartbeat_signed bigint,
  progress jsonb,
  retry_of_run_id uuid REFERENCES job_source_runs ON DELETE SET NULL,
  retry_count integer NOT NULL DEFAULT 0,
  started_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX job_source_runs_user ON job_source_runs (user_id, created_at DESC);
CREATE INDEX job_source_runs_created ON job_source_runs (created_at);
CREATE INDEX job_source_runs_open ON job_source_runs (status) WHERE status IN ('PENDING', 'RUNNING');
-- One run is retried once, whoever asks and however many ask together.
CREATE UNIQUE INDEX job_source_runs_one_retry ON job_source_runs (retry_of_run_id);

-- Tasks that no worker has taken yet, with the instant of their next delivery.
CREATE TABLE job_source_dispatches (
  source_run_id uuid PRIMARY KEY REFERENCES job_source_runs ON DELETE CASCADE,
  task jsonb NOT NULL,
  due_at timestamptz NOT NULL
);

CREATE TABLE job_source_callback_events (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  source_run_id uuid NOT NULL REFERENCES job_source_runs ON DELETE CASCADE,
  event_id varchar(128) NOT NULL,
  request_id varchar(128),
  status varchar(32) NOT NULL,
  attempt_no integer NOT NULL DEFAULT 1,
  payload_hash varchar(64),
  emitted_at timestamptz,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  payload text,
  CONSTRAINT job_source_callback_events_once UNIQUE (source_run_id, event_id)
);
CREATE INDEX job_source_callback_events_received ON job_source_callback_events (received_at);

CREATE TABLE job_source_run_attempts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  source_run_id uuid NOT NULL REFERENCES job_source_runs ON DELETE CASCADE,
  attempt_no integer NOT NULL,
  status varchar(32) NOT NULL,
  failure_type varchar(32),
  failure_code varchar(128),
  finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (source_run_id, attempt_no)
);

CREATE TABLE job_offers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  source job_source NOT NULL,
  source_id text,
  offer_identity_key text NOT NULL,
  run_id uuid REFERENCES job_source_runs ON DELETE SET NULL,
  url text NOT NULL,
  title text NOT NULL,
  company text,
  location text,
  salary text,
  employment_type text,
  apply_url text,
  posted_at timestamptz,
  expires_at timestamptz,
  description text NOT NULL,
  requirements jsonb,
  details jsonb,
  first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (source, url),
  UNIQUE (source, offer_identity_key)
);

CREATE TABLE user_job_offers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  career_profile_id uuid NOT NULL REFERENCES career_profiles ON DELETE CASCADE,
  job_offer_id uuid NOT NULL REFERENCES job_offers ON DELETE CASCADE,
  source_run_id uuid REFERENCES job_source_runs ON DELETE SET NULL,
  status varchar(32) NOT NULL DEFAULT 'NEW',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (user_id, career_profile_id, job_offer_id)
);

CREATE TABLE worker_task_executions (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  source_run_id uuid NOT NULL UNIQUE,
  task_id varchar(128) NOT NULL UNIQUE,
  status varchar(32) NOT NULL CHECK (status IN ('accepted', 'started', 'completed', 'failed', 'timed_out')),
  lease_expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
