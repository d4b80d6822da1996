import { secret, url } from '../../src/settings/fields.ts';
import { platformSettings } from '../../src/settings/platform.ts';

export const telegram = platformSettings({
  label: 'Telegram',
  group: { title: 'Telegram', intro: '[telegram.md](telegram.md) shows each step.' },
  variables: {
    TELEGRAM_BOT_TOKEN: secret
      .optional()
      .meta({ meaning: "The bot's token", source: 'write `/newbot` to @BotFather in Telegram' }),
    TELEGRAM_API_URL: url.default('https://api.telegram.org').meta({
      meaning: 'Another address of the Bot API, for a proxy, a server of your own or a test host',
    }),
  },
  ways: [{ name: 'Telegram', variables: ['TELEGRAM_BOT_TOKEN'] }],
  toSend: ['TELEGRAM_BOT_TOKEN'],
  howTo: 'set TELEGRAM_BOT_TOKEN in .env (docs/telegram.md)',
  tokenKinds: [{ form: /^\d{6,12}:[\w-]{30,}$/, what: "a Telegram bot's token", belongsIn: 'TELEGRAM_BOT_TOKEN' }],
  tokenForms: {
    TELEGRAM_BOT_TOKEN: {
      // It becomes part of each address.
      form: /^\d+:[\w-]+$/,
      wants: 'wants the token that @BotFather showed: digits, a colon, letters',
    },
  },
  sections: {},
});
