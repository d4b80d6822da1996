/** What a platform or a host says of an error may hold a secret: nobody is shown it. */
import { afterEach, expect, test } from 'vitest';
import { ModelError } from '../../src/models/model.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { testConfig } from '../support/config.ts';

const SECRET = 'Zx81kQwErTyUiOpAsDfGhJkLzXcVbNm0123456';

let chasqui: TestChasqui | undefined;
afterEach(async () => {
  await chasqui?.stop();
  chasqui = undefined;
});

test('a token that is echoed is masked on every page, and no code is more than a short word', async () => {
  const platform = createTestPlatform();
  const receiver: typeof platform.adapter.receiver = (host) => ({
    ...platform.adapter.receiver(host),
    status: () => ({ connected: false, detail: `refused the token ${SECRET}` }),
  });
  const codes = [SECRET, 'constructor', '<b>bold</b>', 'x'.repeat(41), 'two words', 'ok_1.2-3'];
  const { model } = createTestModel((_request, call) => {
    throw new ModelError('broken', codes[call - 1] ?? 'ok', `the host says ${SECRET}`);
  });
  chasqui = await startTestChasqui({
    ...{ models: [model], platforms: [{ ...platform, adapter: { ...platform.adapter, receiver } }] },
    ...{ roles: ['worker', 'ops'], env: { CLOUDFLARE_API_TOKEN: SECRET } },
    sections: { models: { retries: 0 } },
  });
  for (const n of codes.keys()) {
    await chasqui.ingest.message(platform.says(`room-${n}`, 'hi'));
    await chasqui.turns(n + 1);
  }
  const { address, asOperator } = chasqui;
  const read = async (path: string) => (await fetch(`${address}${path}`, asOperator)).text();
  const metrics = await read('/metrics');
  const failures = await read('/ops/api/failures');
  for (const text of [
    metrics,
    failures,
    await read('/ops/api/now'),
    await read('/ops/api/turns'),
    await read('/readyz'),
  ])
    expect(text).not.toContain(SECRET);
  expect(await read('/readyz')).not.toContain('refused');
  const labels = [...metrics.matchAll(/chasqui_model_errors_total\{.*code="(.*)"\}/g)].map(([, code]) => code);
  expect(labels.sort()).toEqual(['constructor', 'ok_1.2-3', 'other']);
  expect(failures).not.toContain('bold');
});

test('each header of the traces’ collector is a secret by itself', () => {
  const headers = 'authorization=Bearer%20abc123def456,x-api-key=key-9876543';
  const { secrets } = testConfig({ prefix: 'x', env: { OTEL_EXPORTER_OTLP_HEADERS: headers } });
  for (const secret of ['Bearer%20abc123def456', 'abc123def456', 'key-9876543']) expect(secrets).toContain(secret);
});
