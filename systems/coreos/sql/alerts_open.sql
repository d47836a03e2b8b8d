-- How many alerts are open.
SELECT count(*) AS n FROM system_alerts WHERE NOT resolved
