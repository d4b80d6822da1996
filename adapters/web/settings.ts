import { z } from 'zod';
import { hostName, origin } from '../../src/settings/fields.ts';
import { platformSettings } from '../../src/settings/platform.ts';

export const web = platformSettings({
  label: 'Web chat',
  group: { title: 'Web chat' },
  variables: {
    WEB_SESSION_SECRET: z
      .string()
      .min(32)
      .meta({ secret: true, description: 'at least 32 characters (`openssl rand -hex 32` makes some)' })
      .optional()
      .meta({
        meaning: "Signs the browsers' cookies, at least 32 characters",
        source: 'for example what `openssl rand -hex 32` prints',
        unset: 'a random one, kept in Redis',
      }),
  },
  ways: [],
  toSend: [],
  switch: { section: 'web', key: 'enabled' },
  howTo: 'set web.enabled to true in config/chasqui.yaml',
  sections: {
    web: z
      .strictObject({
        enabled: z.boolean().default(true).meta({ meaning: 'The web chat at `http://HOST:PORT/`' }),
        allowed_origins: z.array(origin).default([]).meta({
          meaning:
            'Web sites that may show the assistant by `/embed.js`, such as `https://intranet.example.com`, without a path',
        }),
        allowed_hosts: z.array(hostName).default([]).meta({
          meaning:
            'Where `HOST` is a loopback address: names under which a proxy on this machine passes on the web chat (`/api`), `/ops` and `/metrics`, such as `chat.example.com`. localhost and IP addresses are always allowed; with `web.trust_proxy` all names are',
        }),
        messages_per_minute: z.number().int().min(1).max(1_000_000).default(20).meta({
          meaning: 'Messages that one browser may send in a minute',
        }),
        kilobytes_per_hour: z.number().int().min(64).max(10_000_000).default(8_192).meta({
          meaning: 'Text that one network address may send in an hour, in KB; half of it at once',
        }),
        concurrency: z.number().int().min(1).max(2_000).optional().meta({
          meaning:
            'Answers to the web chat that one worker process writes at the same time, so that other platforms always find room',
          unset: 'half of `workers.concurrency`',
        }),
        max_request_bytes: z.number().int().min(1_024).max(100_000_000).default(1_100_000).meta({
          meaning: 'The largest request that is read, in bytes',
        }),
        trust_proxy: z.boolean().default(false).meta({
          meaning: 'Believe `X-Forwarded-For` and `X-Forwarded-Proto`. Only behind a proxy that sets them itself',
        }),
      })
      .prefault({}),
  },
});
