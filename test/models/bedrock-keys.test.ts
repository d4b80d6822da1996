/** Where Bedrock's credentials come from: AWS's own packages against stand-ins of AWS's services. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ModelEnv } from '../../src/models/create.ts';
import { startBedrockDouble } from '../doubles/bedrock/bedrock.ts';
import { freePort } from '../support/redis.ts';
import { ACCOUNT, ask, bedrockAt, SECRET, startBedrock } from './support.ts';

let cleanups: (() => unknown)[] = [];
beforeEach(() => {
  // What the machine itself has must not answer.
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups) await cleanup();
  cleanups = [];
});

async function start(env: Partial<ModelEnv>) {
  const started = await startBedrock('In April.', {}, env);
  cleanups.push(started.double.close);
  return started;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'chasqui-aws-'));
  cleanups.push(() => rm(path, { recursive: true }));
  return path;
}

/** A service of AWS's that gives keys. */
async function serve(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_SESSION_TOKEN: undefined };

describe('credentials', () => {
  test('a bearer token goes before keys', async () => {
    const double = await startBedrockDouble({ bearer: 'a-bearer', answer: 'In April.' });
    cleanups.push(double.close);
    const model = await bedrockAt(double.url, {
      AWS_BEARER_TOKEN_BEDROCK: 'a-bearer',
      AWS_ACCESS_KEY_ID: 'AKIDOTHER',
      AWS_SECRET_ACCESS_KEY: 'other',
    });
    expect((await ask(model)).text).toBe('In April.');
    expect(double.calls[0]?.headers.authorization).toBe('Bearer a-bearer');
  });

  test('the profile that is named, from the shared file, goes before keys', async () => {
    const file = join(await folder(), 'credentials');
    const { accessKeyId, secretAccessKey, sessionToken } = ACCOUNT;
    const lines = [
      '[default]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = other',
      `[work]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}`,
      `aws_session_token = ${sessionToken}\n`,
    ];
    await writeFile(file, lines.join('\n'));
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    const { model } = await start({ AWS_PROFILE: 'work', AWS_ACCESS_KEY_ID: 'AKIDOTHER' });
    expect((await ask(model)).text).toBe('In April.');
    const nobody = await start({ ...NO_KEYS, AWS_PROFILE: 'nobody' });
    const { error } = await ask(nobody.model);
    expect(error).toMatchObject({ kind: 'auth', code: 'NO_CREDENTIALS' });
    expect(error?.message).toContain('nobody');
  });

  test('the container’s, got once for many calls and masked in errors', async () => {
    let asked = 0;
    const keys = { AccessKeyId: ACCOUNT.accessKeyId, SecretAccessKey: SECRET, Token: ACCOUNT.sessionToken };
    const url = await serve((response) => {
      asked++;
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...keys, Expiration }));
    });
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${url}/keys`);
    const { model, double } = await start(NO_KEYS);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(model)));
    expect(answers.map(({ text }) => text)).toEqual(Array(5).fill('In April.'));
    expect(asked).toBe(1);
    const message = `Bad ${SECRET} ${ACCOUNT.sessionToken} ${ACCOUNT.accessKeyId}`;
    const headers = { 'x-amzn-errortype': 'ValidationException' };
    double.answer({ error: { status: 400, body: { message }, headers } });
    const { error } = await ask(model);
    expect(error?.message).toContain('Bad [secret] [secret] [secret]');
  });

  test('none at all, told as such, and looked for again at the next call', async () => {
    const { model, double } = await start(NO_KEYS);
    for (const _ of [1, 2]) {
      const { error } = await ask(model);
      expect(error).toMatchObject({ kind: 'auth', code: 'NO_CREDENTIALS' });
    }
    expect(double.calls).toHaveLength(0);
    vi.stubEnv('AWS_ACCESS_KEY_ID', ACCOUNT.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
    vi.stubEnv('AWS_SESSION_TOKEN', ACCOUNT.sessionToken);
    expect((await ask(model)).text).toBe('In April.');
  });

  test('no key that is echoed stands in words or code', async () => {
    const { model, double } = await start({});
    double.answer({ error: { status: 400, body: { __type: SECRET, message: `key ${SECRET}` } } });
    const { error } = await ask(model);
    expect(error).toMatchObject({ kind: 'broken', code: 'MASKED' });
    expect(`${error?.message}${error?.stack}${JSON.stringify(error)}`).not.toContain(SECRET);
  });

  describe('a web identity', () => {
    const xml = (
      keys: typeof ACCOUNT,
    ) => `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>
      <AccessKeyId>${keys.accessKeyId}</AccessKeyId><SecretAccessKey>${keys.secretAccessKey}</SecretAccessKey>
      <SessionToken>${keys.sessionToken}</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration>
      </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
    const denied =
      '<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>';

    async function identity(status: number, body: string) {
      const url = await serve((response) => response.writeHead(status, { 'content-type': 'text/xml' }).end(body));
      const file = join(await folder(), 'token');
      await writeFile(file, 'a.web.token');
      vi.stubEnv('AWS_ENDPOINT_URL_STS', url);
      vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/chasqui');
      vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', file);
      return (await start(NO_KEYS)).model;
    }

    test('that is exchanged for keys', async () => {
      expect((await ask(await identity(200, xml(ACCOUNT)))).text).toBe('In April.');
    });

    test('that is refused', async () => {
      const { error } = await ask(await identity(403, denied));
      expect(error).toMatchObject({ kind: 'auth', code: 'AccessDenied' });
    });

    test('whose service is not reached', async () => {
      const model = await identity(200, '');
      vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${await freePort()}`);
      expect((await ask(model)).error).toMatchObject({ kind: 'network', code: 'ECONNREFUSED' });
    });
  });
});
