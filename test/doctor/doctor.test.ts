import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { inspectConfig } from '../../config/load.ts';
import { exitCode, type Finding, type Probe, runDoctor } from '../../src/doctor/doctor.ts';
import { platformProbe } from '../../src/doctor/platforms.ts';
import { formatFinding, formatSummary, wantsColour } from '../../src/doctor/print.ts';
import { configurationProbe, nodeProbe, portProbe, unless } from '../../src/doctor/system.ts';
import { freePort } from '../support/redis.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const forever = () => new Promise<never>(() => {});

async function findingsOf(probe: Probe): Promise<Finding[]> {
  return runDoctor({ probes: [probe] });
}

describe('running', () => {
  test('a check that throws or hangs is a finding, the others are told, and all in their order', async () => {
    const told: string[] = [];
    const findings = await runDoctor({
      probes: [
        { area: 'slow', run: () => new Promise((done) => setImmediate(() => done([ok('slow')]))) },
        { area: 'hangs', run: forever },
        {
          area: 'throws',
          run: () => {
            throw new Error('no such luck');
          },
        },
        { area: 'quick', run: () => [ok('quick')] },
      ],
      limitMs: 100,
      report: ({ area }) => told.push(area),
    });
    expect(told).toEqual(['slow', 'hangs', 'throws', 'quick']);
    expect(findings[1]).toMatchObject({ state: 'wrong', detail: 'no result within 0.1 s' });
    expect(findings[2]).toMatchObject({ state: 'wrong', detail: 'no such luck' });
    expect(exitCode(findings)).toBe(1);
  });

  test('warnings and what is off do not fail it', () => {
    expect(exitCode([ok('a'), { ...ok('b'), state: 'warning' }, { ...ok('c'), state: 'off' }])).toBe(0);
  });
});

const ok = (area: string): Finding => ({ area, state: 'ok', detail: 'fine' });

describe('platforms', () => {
  test("each adapter's own check is told, whatever the others do", async () => {
    const findings = await findingsOf(
      platformProbe({
        create: async () => [
          { platform: 'broken', check: () => Promise.reject(new Error('it fell over')) },
          { platform: 'silent', check: forever },
          {
            platform: 'slack',
            check: async () => [
              { name: 'bot token', ok: true, detail: 'works in Acme' },
              { name: 'scopes', ok: false, detail: 'chat:write is missing' },
            ],
          },
        ],
        limitMs: 100,
      }),
    );
    expect(findings).toEqual([
      { area: 'Broken', state: 'wrong', detail: 'it fell over' },
      { area: 'Silent', state: 'wrong', detail: 'no result within 0.1 s', advice: 'try again' },
      { area: 'Slack', state: 'ok', detail: 'bot token: works in Acme' },
      { area: 'Slack', state: 'wrong', detail: 'scopes: chat:write is missing' },
    ]);
  });
});

describe('what Chasqui stands on', () => {
  test.each([
    ['22.18.0', 'ok'],
    ['24.0.0', 'ok'],
    ['22.9.1', 'wrong'],
    ['20.20.1', 'wrong'],
  ])('Node %s is %s', async (version, state) => {
    expect(await findingsOf(nodeProbe(version))).toMatchObject([{ state }]);
  });

  const nowhere = { dotenv: '/nonexistent', file: '/nonexistent' };

  test('every problem of the configuration is told, what depends on it is not checked, the rest is', async () => {
    const report = inspectConfig({ ...nowhere, env: { PORT: 'x', LOG_LEVEL: 'loud', SLACK_TOKEN: 'x' } });
    const findings = await findingsOf(configurationProbe(report));
    expect(findings.map(({ state, detail }) => [state, detail.split(' ')[0]])).toEqual([
      ['wrong', 'PORT'],
      ['wrong', 'LOG_LEVEL'],
      ['warning', 'SLACK_TOKEN'],
      ['off', 'slack'],
      ['off', 'discord'],
      ['off', 'whatsapp'],
      ['off', 'whatsapp-web'],
      ['off', 'telegram'],
    ]);
    expect(await findingsOf(unless({ area: 'a', run: () => [ok('a')] }, report, ['PORT']))).toMatchObject([
      { state: 'off', detail: 'not checked, since PORT is wrong (above)' },
    ]);
    expect(await findingsOf(unless({ area: 'a', run: () => [ok('a')] }, report, ['HOST']))).toEqual([ok('a')]);
  });

  test('a right configuration tells what runs, and what each platform that is off needs', async () => {
    const [runs, ...off] = await findingsOf(configurationProbe(inspectConfig({ ...nowhere, env: {} })));
    expect(runs).toEqual({ area: 'Configuration', state: 'ok', detail: 'this process runs web, worker, ops' });
    expect(off.map(({ state, detail, advice }) => [state, detail, advice?.split(' ').slice(0, 2).join(' ')])).toEqual([
      ['off', 'slack is off', 'set SLACK_BOT_TOKEN'],
      ['off', 'discord is off', 'set DISCORD_TOKEN'],
      ['off', 'whatsapp is off', 'set WHATSAPP_ACCESS_TOKEN'],
      ['off', 'whatsapp-web is off', 'set WHATSAPP_WEB=1'],
      ['off', 'telegram is off', 'set TELEGRAM_BOT_TOKEN'],
    ]);
  });
});

describe('the port', () => {
  async function serve(answer: RequestListener): Promise<number> {
    const server = createServer(answer).listen(0, '127.0.0.1');
    closing.push(() => server.close());
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  }
  const json = (value: unknown) => ((_, response) => response.end(JSON.stringify(value))) satisfies RequestListener;

  test('is free', async () => {
    const port = await freePort();
    expect(await findingsOf(portProbe({ host: '127.0.0.1', port }))).toMatchObject([{ state: 'ok' }]);
  });

  test('is Chasqui already', async () => {
    const port = await serve(json({ ready: true, parts: [] }));
    const [found] = await findingsOf(portProbe({ host: '127.0.0.1', port }));
    expect(found).toMatchObject({ state: 'ok', detail: `Chasqui runs at 127.0.0.1:${port}` });
  });

  test('is a Chasqui that is not ready', async () => {
    const port = await serve(json({ ready: false, parts: [{ name: 'redis', ready: false }] }));
    const [found] = await findingsOf(portProbe({ host: '127.0.0.1', port }));
    expect(found).toMatchObject({ state: 'warning', detail: expect.stringContaining('not ready: redis') });
  });

  test.each([
    ['says something else', json({ hello: 'world' })],
    ['speaks no JSON', ((_, response) => response.end('hello')) satisfies RequestListener],
    ['hangs up', ((request) => request.socket.destroy()) satisfies RequestListener],
  ])('belongs to another, which %s', async (_name, answer) => {
    const port = await serve(answer);
    const [found] = await findingsOf(portProbe({ host: '127.0.0.1', port }));
    expect(found).toMatchObject({ state: 'wrong', advice: 'end it, or set PORT to another port' });
  });

  test('cannot be had: the address is not ours', async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737), so no machine has it.
    const [found] = await findingsOf(portProbe({ host: '192.0.2.1', port: 0 }));
    expect(found).toMatchObject({ state: 'wrong', advice: expect.stringContaining('HOST is no address') });
  });
});

describe('printing', () => {
  const finding: Finding = { area: 'Redis', state: 'wrong', detail: 'gone\n  away', advice: 'start it' };

  test('one line, in columns', () => {
    expect(formatFinding(finding, { width: 8, colour: false })).toBe('✗ Redis     gone away → start it');
    expect(formatFinding({ ...ok('Node'), detail: '24' }, { width: 8, colour: false })).toBe('✓ Node      24');
    expect(formatFinding({ ...ok('Node'), state: 'warning' }, { width: 4, colour: false })).toMatch(/^! /);
  });

  test('colours only the mark, and only for a terminal that wants it', () => {
    expect(formatFinding(finding, { width: 5, colour: true })).toBe('\u001b[31m✗\u001b[0m Redis  gone away → start it');
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
    expect(wantsColour({}, {})).toBe(false);
  });

  test('the closing line counts', () => {
    const warning: Finding = { ...finding, state: 'warning' };
    expect(formatSummary([ok('a')])).toBe('All is well.');
    expect(formatSummary([ok('a'), warning])).toBe('Nothing is wrong, 1 to keep in mind.');
    expect(formatSummary([finding])).toBe('1 thing is wrong.');
    expect(formatSummary([finding, finding, warning])).toBe('2 things are wrong, 1 to keep in mind.');
  });
});
