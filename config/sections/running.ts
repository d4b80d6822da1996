/** How the processes run and what operators see: sections of the YAML file. */
import { z } from 'zod';
import { duration, ipAddress } from '../../src/settings/fields.ts';

export const runningSections = {
  workers: z
    .strictObject({
      concurrency: z.number().int().min(1).max(2_000).default(100).meta({
        meaning: 'Answers that one worker process writes at the same time',
      }),
      shutdown_timeout: duration('0s', '1h').prefault('20s').meta({
        meaning: 'How long a stopping process may finish its answers before it hands them to another',
      }),
      stalled_after: duration('1s', '10m').prefault('6s').meta({
        meaning: 'An answer whose worker was silent for this long is taken over by another',
      }),
    })
    .prefault({}),
  queue: z
    .strictObject({
      sweep_every: duration('1s', '1h').prefault('30s').meta({
        meaning: 'How often to scan for conversations that have messages but no job',
      }),
      shards: z.number().int().min(1).max(64).default(1).meta({
        meaning:
          'Into how many queues the conversations are divided. More than 1 only helps in a Redis Cluster; must be the same in all processes, and may change only while the queues are empty',
      }),
      prefix: z
        .string()
        .regex(/^[a-z0-9_-]{1,32}$/)
        .meta({ description: '1 to 32 of the characters a to z, 0 to 9, - and _' })
        .default('chasqui')
        .meta({ meaning: 'What every key in Redis begins with, so that several Chasquis can share one Redis' }),
    })
    .prefault({}),
  analytics: z
    .strictObject({
      enabled: z.boolean().default(true).meta({
        meaning: "Count turns, people and cost for the operators' page. No names and no texts are kept",
      }),
      keep: duration('7d', '800d').prefault('100d').meta({
        meaning: "How long figures of days, and people's unreadable ids, are kept",
      }),
      turns_keep: duration('1h', '400d').prefault('30d').meta({
        meaning: 'How long single turns can be looked up, without what was said',
      }),
      turns_most: z.number().int().min(100).max(10_000_000).default(100_000).meta({
        meaning: 'How many of them at most; some 500 bytes each',
      }),
      people_most: z.number().int().min(100).max(10_000_000).default(200_000).meta({
        meaning:
          'How many people are told apart; some 150 bytes each. Beyond, those who have been away the longest are forgotten',
      }),
      names_most: z.number().int().min(1).max(10_000).default(200).meta({
        meaning: 'Channels and workspaces with figures of their own, each day. The rest are counted together',
      }),
    })
    .prefault({}),
  ops: z
    .strictObject({
      show_content: z.boolean().default(false).meta({
        meaning: 'Operators may look at what was said, one turn at a time. Each look is written to the audit log',
      }),
      monthly_budget: z.number().min(0).max(10_000_000).optional().meta({
        meaning: 'US dollars for a calendar month. The page shows what is left; nothing is stopped when it is spent',
      }),
      session: duration('5m', '30d').prefault('12h').meta({ meaning: 'How long a login lasts' }),
      audit_most: z.number().int().min(100).max(1_000_000).default(10_000).meta({
        meaning: 'Entries of the audit log that are kept',
      }),
      proxy_user_header: z
        .string()
        .regex(/^[a-z0-9-]{1,60}$/i)
        .meta({ description: 'the name of a header, such as x-auth-request-email' })
        .optional()
        .meta({
          meaning:
            'The header in which a proxy that has people log in (OpenID Connect) names them, such as `x-auth-request-email`. The proxy must remove the header from what browsers send ([operations.md](operations.md#who-may-see-it))',
          unset: 'off',
        }),
      proxy_addresses: z
        .array(ipAddress)
        .meta({ description: 'a list of IP addresses' })
        .default(['127.0.0.1', '::1'])
        .meta({ meaning: "Where the proxy's connections come from. The header is believed from there only" }),
      proxy_operators: z.array(z.string().min(1).max(200)).default([]).meta({
        meaning: 'Users who may act. All others whom the proxy lets through may look',
      }),
      digest: z.enum(['off', 'day', 'week']).default('off').meta({
        meaning: 'A digest of people, waits, failures and cost, posted each `day` or `week` (on Mondays)',
      }),
      digest_hour: z.number().int().min(0).max(23).default(8).meta({ meaning: 'The hour at which it is posted, UTC' }),
      digest_to: z
        .string()
        .regex(/^[a-z-]+:[\w.@-]{1,100}$/)
        .meta({ description: "a platform's name and its id of a channel, such as slack:C0123456789" })
        .optional()
        .meta({
          meaning:
            'The channel to post it to: a platform and its id of a channel, such as `slack:C0123456789` or `discord:1234567890`',
        }),
    })
    .prefault({}),
  logs: z
    .strictObject({
      content: z.boolean().default(false).meta({
        meaning: 'Write what people and models say into the log. For looking for a fault, with everyone’s consent',
      }),
    })
    .prefault({}),
};
