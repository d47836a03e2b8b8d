-- A report on an agent.
INSERT INTO eval_reports (id, agent_id, metric_set, timestamp, source, computed_score, "window")
VALUES (%(id)s, %(agent_id)s, %(metric_set)s::jsonb, %(timestamp)s::timestamptz, %(source)s,
  %(computed_score)s::numeric, %(window)s)
