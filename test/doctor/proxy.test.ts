/** The real programs' calls against a proxy that counts what it is asked for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const HOSTS = ['model', 'slack', 'discord', 'whatsapp', 'telegram'];

test('models and platforms are asked through HTTPS_PROXY; this machine and NO_PROXY are not', async () => {
  const asked = new Set<string>();
  const proxy = createServer((request, response) => {
    asked.add(request.url ?? '');
    response.end();
  });
  proxy.on('connect', (request, socket) => {
    asked.add(request.url ?? '');
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

  async function doctor(env: Record<string, string>): Promise<string> {
    const { PATH } = process.env;
    const child = spawn('sh', ['scripts/run.sh', 'src/app/doctor.ts'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        PATH,
        HTTPS_PROXY: address,
        HTTP_PROXY: address,
        CHASQUI_CONFIG: 'config/chasqui.yaml',
        REDIS_URL: 'redis://127.0.0.1:1',
        PORT: '0',
        MODEL: 'openai:m',
        OPENAI_BASE_URL: 'https://model.invalid/v1',
        SLACK_BOT_TOKEN: 'xoxb-1',
        SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
        SLACK_API_URL: 'https://slack.invalid/api',
        DISCORD_TOKEN: `${'a'.repeat(24)}.abcdef.${'b'.repeat(30)}`,
        DISCORD_API_URL: 'https://discord.invalid/api',
        WHATSAPP_ACCESS_TOKEN: 'EAAG',
        WHATSAPP_PHONE_NUMBER_ID: '123456',
        WHATSAPP_APP_SECRET: '0123456789abcdef0123456789abcdef',
        WHATSAPP_VERIFY_TOKEN: 'verify-token',
        WHATSAPP_API_URL: 'https://whatsapp.invalid/v24.0',
        TELEGRAM_BOT_TOKEN: '1:abc',
        TELEGRAM_API_URL: 'https://telegram.invalid',
        ...env,
      },
    });
    return text(child.stdout);
  }

  try {
    const output = await doctor({});
    expect([...asked].sort()).toEqual(HOSTS.map((host) => `${host}.invalid:443`).sort());
    expect(output).toMatch(/Proxy +HTTPS_PROXY is used/);
    asked.clear();
    await doctor({ NO_PROXY: 'slack.invalid', OPENAI_BASE_URL: 'http://127.0.0.1:20111/v1' });
    expect([...asked].sort()).toEqual(['discord.invalid:443', 'telegram.invalid:443', 'whatsapp.invalid:443']);
  } finally {
    proxy.close();
  }
}, 60_000);
