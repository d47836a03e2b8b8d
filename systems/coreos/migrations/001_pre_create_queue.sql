-- The clock of every lease, in ms since 1970: the store's own, read anew at each call.
CREATE FUNCTION coreos_now_ms() RETURNS bigint LANGUAGE sql VOLATILE
  AS $$ SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

CREATE TABLE job_queue (
  job_id            text PRIMARY KEY,
  seq               bigint GENERATED ALWAYS AS IDENTITY,  -- order of enqueue within one millisecond
  ticket            json NOT NULL,
  payload           text NOT NULL,                        -- the canonical text whose hash is signed
  version           text NOT NULL DEFAULT '1.0',
  status            text NOT NULL DEFAULT 'PENDING' CHECK (status IN
    ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'FAILED_RETRYABLE', 'DEAD', 'SUSPENDED')),
  job_type          text NOT NULL,                        -- these four repeat the ticket: SQL cannot read
  trace_id          text NOT NULL,                        -- a JSON document that holds \u0000
  actor_id          text NOT NULL,
  expires_at        bigint NOT NULL,
  worker_id         text,
  claimed_at        bigint,
  created_at        bigint NOT NULL,
  updated_at        bigint NOT NULL,
  nonce             text NOT NULL,
  attempts          integer NOT NULL DEFAULT 0,
  max_attempts      integer NOT NULL,
  next_run_at       bigint NOT NULL,
  priority          integer NOT NULL DEFAULT 50 CHECK (priority BETWEEN 0 AND 100),
  lease_until       bigint,
  lease_duration_ms bigint NOT NULL,
  heartbeat_at      bigint,
  last_error        json,
  suspended_at      bigint,
  suspended_by      text,
  resumed_at        bigint,
  requeued_as       text
);
CREATE INDEX job_queue_waiting ON job_queue (priority DESC, next_run_at, created_at, seq)
  WHERE status IN ('PENDING', 'FAILED_RETRYABLE', 'PROCESSING');
CREATE INDEX job_queue_leased ON job_queue (lease_until) WHERE status = 'PROCESSING';
CREATE INDEX job_queue_newest ON job_queue (created_at DESC, seq DESC);

CREATE TABLE job_results (
  job_id      text NOT NULL,
  attempt     integer NOT NULL,
  result      json NOT NULL,
  received_at bigint NOT NULL,
  PRIMARY KEY (job_id, attempt)
);

CREATE TABLE job_nonces (nonce text PRIMARY KEY, used_at bigint NOT NULL);

CREATE TABLE job_dead_letters (
  job_id       text PRIMARY KEY,
  job_type     text NOT NULL,
  actor_id     text NOT NULL,
  trace_id     text NOT NULL,
  attempts     integer NOT NULL,
  max_attempts integer NOT NULL,
  last_error   json,
  worker_id    text,
  payload      text NOT NULL,
  created_at   bigint NOT NULL,
  updated_at   bigint NOT NULL,
  dead_at      bigint NOT NULL
);
CREATE INDEX job_dead_letters_newest ON job_dead_letters (dead_at DESC, job_id);

CREATE TABLE platform_audit_logs (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type         text NOT NULL,
  job_id       text NOT NULL,
  job_type     text NOT NULL,
  trace_id     text NOT NULL,
  actor_id     text NOT NULL,
  worker_id    text,
  status       text NOT NULL,
  attempts     integer NOT NULL,
  max_attempts integer NOT NULL,
  result_hash  text,
  metrics      json,
  error_code   text,
  timestamp    bigint NOT NULL,
  severity     text GENERATED ALWAYS AS (CASE
    WHEN type = 'job.dead' THEN 'ERROR' WHEN type IN ('job.retry', 'job.stuck', 'job.expired') THEN 'WARN'
    ELSE 'INFO' END) STORED
);
CREATE INDEX platform_audit_logs_type ON platform_audit_logs (type, id);

CREATE TABLE core_metrics (id text PRIMARY KEY, value bigint NOT NULL, updated_at bigint NOT NULL);

CREATE TABLE core_metrics_ts (
  metric text NOT NULL, value double precision NOT NULL, labels json, timestamp bigint NOT NULL
);
CREATE INDEX core_metrics_ts_metric ON core_metrics_ts (metric, timestamp);

CREATE TABLE system_alerts (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type        text NOT NULL,
  value       double precision NOT NULL,
  threshold   double precision NOT NULL,
  timestamp   bigint NOT NULL,
  resolved    boolean NOT NULL DEFAULT false,
  resolved_at bigint
);

CREATE TABLE workers (
  worker_id text PRIMARY KEY, instance_id text NOT NULL, last_seen bigint NOT NULL
);
