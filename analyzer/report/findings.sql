-- SPDX-License-Identifier: Apache-2.0
-- Findings as JSON and as SARIF 2.1.0, from the view l_finding.
CREATE TEMP TABLE l_input(input TEXT, version TEXT);

CREATE TEMP VIEW l_json AS
SELECT json_object(
	'schema', 'asynctls-lint', 'schema_version', 1,
	'findings', (SELECT json_group_array(json_object('rule', rule, 'code', code,
		'severity', severity, 'certainty', certainty, 'title', title, 'detail', detail,
		'note', note, 'pid', pid, 'tid', tid, 'thread', thread, 'fd', fd, 'count', count,
		'cost_ns', cost_ns, 'share', share, 'ts_ns', ts_ns, 'end_ns', end_ns, 'fix', fix,
		'examples', (SELECT json_group_array(json_object('job_id', job_id,
				'conn_id', conn_id, 'ts_ns', ts_ns))
			FROM v_finding_example e WHERE e.finding_id = f.finding_id)))
		FROM l_finding f),
	'suppressed', (SELECT count(*) FROM v_finding) - (SELECT count(*) FROM l_finding),
	'rules', (SELECT json_group_array(json_object('rule', rule, 'code', code, 'status', status,
		'withheld', withheld)) FROM v_rule),
	'lost', (SELECT value FROM v_meta WHERE key = 'lost'));

CREATE TEMP VIEW l_sarif AS
SELECT json_object(
	'$schema', 'https://json.schemastore.org/sarif-2.1.0.json',
	'version', '2.1.0',
	'runs', json_array(json_object(
		'tool', json_object('driver', json_object('name', 'asynctls', 'version', version,
			'rules', (SELECT json_group_array(json_object('id', code, 'name', rule,
				'shortDescription', json_object('text', title),
				'fullDescription', json_object('text', why),
				'help', json_object('text', fix))) FROM v_rule))),
		'artifacts', json_array(json_object('location', json_object('uri', input))),
		'results', (SELECT json_group_array(json_object(
			'ruleId', code, 'level', severity,
			'message', json_object('text', title || ': ' || detail
				|| coalesce(' (' || note || ')', '')
				|| '; ' || count || ' times in process ' || pid
				|| coalesce(', thread ' || tid, '') || coalesce(', fd ' || fd, '')
				|| coalesce(', job ' || jobs, '')
				|| coalesce(', connection ' || conns, '')),
			'occurrenceCount', count,
			'locations', json_array(json_object(
				'physicalLocation', json_object(
					'artifactLocation', json_object('uri', input)),
				'logicalLocations', json_array(json_object(
					'name', 'process ' || pid, 'kind', 'process')))),
			'partialFingerprints', json_object('asynctls/v1', code || ':' || detail)))
			FROM l_finding))))
FROM l_input;
