import { z } from 'zod';
import { secret, url } from '../../src/settings/fields.ts';
import { platformSettings } from '../../src/settings/platform.ts';

export const discord = platformSettings({
  label: 'Discord',
  group: { title: 'Discord', intro: '[discord.md](discord.md) shows each step.' },
  variables: {
    DISCORD_TOKEN: secret.optional().meta({
      meaning: "The bot's token",
      source: 'discord.com/developers/applications, your application, "Bot", "Reset Token"',
    }),
    DISCORD_API_URL: url
      .default('https://discord.com/api')
      .meta({ meaning: "Another address of Discord's API, for a proxy or a test host" }),
  },
  ways: [{ name: 'Discord', variables: ['DISCORD_TOKEN'] }],
  toSend: ['DISCORD_TOKEN'],
  howTo: 'set DISCORD_TOKEN in .env (docs/discord.md)',
  tokenForms: {
    DISCORD_TOKEN: {
      form: /^[\w-]{18,}\.[\w-]{6,}\.[\w-]{20,}$/,
      wants: 'wants the token of the page "Bot" of your application (three parts with dots between them)',
      lenient: true,
    },
  },
  sections: {
    discord: z
      .strictObject({
        thread_replies: z.enum(['always', 'mention']).default('always').meta({
          meaning: 'In a thread that it was called into: `always` answer, or on a `mention` only',
        }),
        open_threads: z.boolean().default(false).meta({
          meaning:
            'A mention in a channel opens a thread. Off: it is answered by a reply, and replies to that continue the conversation',
        }),
        streaming: z.boolean().default(true).meta({ meaning: 'Stream answers, by edits' }),
      })
      .prefault({}),
  },
});
