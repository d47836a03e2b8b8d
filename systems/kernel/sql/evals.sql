-- The newest reports on an agent.
SELECT id, agent_id, metric_set, timestamp, source, computed_score, "window"
FROM eval_reports WHERE agent_id = %(agent_id)s ORDER BY timestamp DESC, id LIMIT 50
