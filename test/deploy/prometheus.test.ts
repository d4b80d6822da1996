/** What is shipped for Prometheus and Grafana speaks of what Chasqui tells, and of nothing else. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { ModelError, type ModelFacts } from '../../src/models/model.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { readMetrics, readPromql } from './promql.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
interface Panel {
  id: number;
  type: string;
  title: string;
  datasource?: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; datasource: { uid: string } }[];
}
interface RuleTest {
  input_series: { series: string }[];
  promql_expr_test: { expr: string; exp_samples: unknown[] }[];
}

const { groups } = parse(read('deploy/prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const TESTS = ['alerts.test.yml', 'alerts.answers.test.yml'];
const tests = TESTS.flatMap((file) => (parse(read(`deploy/prometheus/${file}`)) as { tests: RuleTest[] }).tests);
const dashboard = JSON.parse(read('deploy/grafana/dashboard.json')) as { uid: string; panels: Panel[] };
const page = read('docs/operations.md');

let chasqui: TestChasqui;
let told: Map<string, Set<string>>;

beforeAll(async () => {
  const away = createTestModel(() => {
    throw new ModelError('busy', '429', 'no');
  });
  const price = { inputUsd: 1, outputUsd: 2, from: 'this test' };
  const facts = { ends: '2099-01-01' } as ModelFacts;
  const models = [{ ...away.model, id: 'test:away' }, createTestModel(() => ['hello'], { price, facts }).model];
  const platform = createTestPlatform();
  chasqui = await startTestChasqui({ models, platforms: [platform] });
  const message = platform.says('room', 'hi');
  await chasqui.ingest.message(message);
  await chasqui.turns(1);
  await chasqui.ingest.feedback(message.to, { message: 'm1', author: 'ann', value: 'good' });
  told = readMetrics(await (await fetch(`${chasqui.address}/metrics`, chasqui.asOperator)).text());
});
afterAll(() => chasqui?.stop());

/** What Prometheus adds to each series, and its own. */
const ADDED = ['instance', 'job'];
const OWN: Record<string, string[]> = { up: ADDED, ALERTS: [...ADDED, 'alertname', 'alertstate', 'severity'] };

/** What in an expression Chasqui does not tell. */
function unknownIn(expr: string): string[] {
  const { selectors, grouping } = readPromql(expr);
  const known = new Set([...told.values()].flatMap((labels) => [...labels]).concat(Object.values(OWN).flat()));
  return [
    ...selectors.flatMap(({ metric, labels }) => {
      const own = OWN[metric] ?? told.get(metric);
      if (!own) return [metric];
      const seen = new Set([...own, ...ADDED]);
      // A counter that nothing has happened to shows no labels yet.
      return seen.size === ADDED.length ? [] : labels.filter((label) => !seen.has(label)).map((l) => `${metric}{${l}}`);
    }),
    ...grouping.filter((label) => !known.has(label)),
  ];
}

test('expressions are read as Prometheus reads them', () => {
  const expr =
    'sum by (le, a) (rate(x_total{b="c{d", e!~"f"}[5m])) / on (g) y > 1e3 or absent(z:w == 1) unless $__range_v';
  expect(readPromql(expr)).toEqual({
    grouping: ['le', 'a', 'g'],
    selectors: [
      { metric: 'x_total', labels: ['b', 'e'] },
      { metric: 'y', labels: [] },
      { metric: 'z:w', labels: [] },
      { metric: '__range_v', labels: [] },
    ],
  });
  expect(unknownIn('sum by (plattform) (chasqui_turns_total{outcom="x"}) > chasqui_gone')).toEqual([
    ...['chasqui_turns_total{outcom}', 'chasqui_gone', 'plattform'],
  ]);
});

test('the alerts and their tests name what Chasqui tells', () => {
  expect(rules.length).toBeGreaterThan(10);
  for (const { alert, expr } of rules) expect({ alert, unknown: unknownIn(expr) }).toEqual({ alert, unknown: [] });
  const series = tests.flatMap((one) => one.input_series.map((input) => input.series));
  for (const one of series.filter((name) => !name.startsWith('up{job="node"')))
    expect({ one, unknown: unknownIn(one) }).toEqual({ one, unknown: [] });
});

test('each alert has a severity, words, and a runbook; each runbook an alert', () => {
  for (const { alert, labels, annotations } of rules) {
    expect(labels.severity).toMatch(/^(critical|warning)$/);
    expect(Object.keys(annotations).sort()).toEqual(['description', 'runbook_url', 'summary']);
    expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  }
  const runbooks = [...page.matchAll(/^### (Chasqui\w+)$/gm)].map(([, name]) => name);
  expect(runbooks.sort()).toEqual(rules.map(({ alert }) => alert).sort());
});

test('the page explains each metric, and no other', () => {
  const named = new Set([...page.matchAll(/\bchasqui_[a-z0-9_]+\b(?!\*)/g)].map(([name]) => name));
  const metrics = new Set([...told.keys()].map((name) => name.replace(/_seconds_(bucket|sum|count)$/, '_seconds')));
  expect([...named].filter((name) => !metrics.has(name))).toEqual([]);
  const own = [...metrics].filter((name) => !/^chasqui_(process|nodejs)_/.test(name));
  expect(own.filter((name) => !named.has(name))).toEqual([]);
});

test('the dashboard names what Chasqui tells, and its panels have ids and places of their own', () => {
  const { panels } = dashboard;
  expect(dashboard.uid).toBe('chasqui');
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  for (const { title, type, datasource, targets = [] } of panels) {
    if (type === 'row') continue;
    expect(targets.length, title).toBeGreaterThan(0);
    for (const uid of [datasource?.uid, ...targets.map((target) => target.datasource.uid)])
      expect(uid).toMatch(/^\$\{datasource\}$/);
    for (const { expr } of targets) expect({ title, unknown: unknownIn(expr) }).toEqual({ title, unknown: [] });
  }
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.get(`${x} ${y}`), `below "${title}"`).toBeUndefined();
        taken.set(`${x} ${y}`, title);
      }
  }
});

test('each alert is tested, and promtool, where there is one, finds all of it right', () => {
  const checks = tests.flatMap((one) => one.promql_expr_test);
  const loud = (alert: string) =>
    checks.some(({ expr, exp_samples }) => expr.includes(`"${alert}"`) && exp_samples.length > 0);
  expect(rules.map(({ alert }) => alert).filter((alert) => !loud(alert))).toEqual([]);

  const dir = mkdtempSync(join(tmpdir(), 'chasqui-prometheus-'));
  try {
    cpSync(join(ROOT, 'deploy/prometheus'), dir, { recursive: true });
    writeFileSync(join(dir, 'metrics-token'), 'a token');
    const config = join(dir, 'prometheus.yml');
    writeFileSync(config, readFileSync(config, 'utf8').replace('/etc/prometheus/metrics-token', 'metrics-token'));
    writeFileSync(join(dir, 'dashboard.yml'), stringify(asRules(dashboard.panels)));
    const ran = [
      ['check', 'rules', 'alerts.yml', 'dashboard.yml'],
      ['check', 'config', 'prometheus.yml'],
      ['test', 'rules', ...TESTS],
    ].filter((args) => promtool(dir, args));
    console.log(
      ran.length > 0
        ? `promtool ran: ${ran.map((args) => args.join(' ')).join(', ')}`
        : 'promtool is not on the PATH: names, runbooks and the presence of tests were checked, the tests not run',
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

/** The dashboard's expressions as promtool can read them; Grafana puts times in place of its own words. */
function asRules(panels: Panel[]): unknown {
  const exprs = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replace(/\$__\w+/g, '5m')));
  return { groups: [{ name: 'dashboard', rules: exprs.map((expr, n) => ({ record: `panel:${n}`, expr })) }] };
}

/** False: there is none on this machine. */
function promtool(cwd: string, args: string[]): boolean {
  const { error, status, stdout, stderr } = spawnSync('promtool', args, { cwd, encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return false;
  expect({ status, said: status === 0 ? '' : `${stdout}${stderr}${error ?? ''}` }).toEqual({ status: 0, said: '' });
  return true;
}
