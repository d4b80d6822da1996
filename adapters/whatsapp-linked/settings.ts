import { z } from 'zod';
import { onOff } from '../../src/settings/fields.ts';
import { platformSettings } from '../../src/settings/platform.ts';

export const whatsappLinked = platformSettings({
  label: 'WhatsApp Web',
  group: {
    title: 'WhatsApp, as a linked device (unofficial)',
    intro: 'Read [whatsapp.md](whatsapp.md) first.',
  },
  variables: {
    WHATSAPP_WEB: onOff.optional().meta({
      meaning: '`1` switches it on. A code to scan with the phone is then shown in the log and on `/ops/whatsapp`',
      unset: 'off',
    }),
    WHATSAPP_WEB_PHONE: z
      .string()
      .regex(/^\d{6,15}$/)
      .meta({ description: 'a phone number with its country code, digits only, such as 4915112345678' })
      .optional()
      .meta({
        meaning: "To link by a pairing code in place of a scan: the phone's number with its country code, digits only",
      }),
    WHATSAPP_WEB_ARGS: z.string().optional().meta({
      meaning:
        'Further arguments for Chromium, with spaces between them, such as `--proxy-server=http://127.0.0.1:8080`',
    }),
    CHROMIUM_PATH: z.string().optional().meta({
      meaning: 'Chromium or Chrome, if it is not found by itself',
      source: 'what `which chromium` prints',
      unset: 'looked for in the usual places',
    }),
  },
  ways: [{ name: 'a linked device', variables: ['WHATSAPP_WEB'] }],
  toSend: ['WHATSAPP_WEB'],
  howTo: 'set WHATSAPP_WEB=1 in .env and scan the code (docs/whatsapp.md)',
  sections: {
    whatsapp_web: z
      .strictObject({
        group_prefix: z.string().min(1).max(20).optional().meta({
          meaning: 'In groups, a message that begins with this is for the assistant too, such as `!ask`',
          unset: 'mentions and replies only',
        }),
        allowed_chats: z.array(z.string().min(1).max(100)).default([]).meta({
          meaning:
            'Ids of the chats that are answered, such as `4915112345678@c.us` or `120363012345678901@g.us`. Empty: all',
        }),
        streaming: z.boolean().default(false).meta({
          meaning: 'Stream answers, by edits. People know it from no other contact',
        }),
        messages_per_minute: z.number().int().min(1).max(600).default(12).meta({
          meaning: 'Messages sent in a minute. Accounts that look automatic are banned',
        }),
      })
      .prefault({}),
  },
});
