import { z } from 'zod';
import { password, secret, url } from '../../src/settings/fields.ts';
import { platformSettings } from '../../src/settings/platform.ts';

export const whatsappCloud = platformSettings({
  label: 'WhatsApp',
  group: {
    title: 'WhatsApp, the official Cloud API',
    intro: '[whatsapp.md](whatsapp.md) shows each step, and says what Meta allows. All four belong together.',
  },
  variables: {
    WHATSAPP_ACCESS_TOKEN: secret.optional().meta({
      meaning: "A system user's token with whatsapp_business_messaging",
      source: 'business.facebook.com, "Users", "System users"',
    }),
    WHATSAPP_PHONE_NUMBER_ID: z
      .string()
      .regex(/^\d{5,20}$/)
      .meta({ description: "the phone number's id, digits only (not the number itself)" })
      .optional()
      .meta({
        meaning: "The phone number's id: digits, and not the number itself",
        source: 'developers.facebook.com, your app, "WhatsApp", "API Setup", "Phone number ID"',
      }),
    WHATSAPP_APP_SECRET: secret.optional().meta({
      meaning: "The app's secret. Checks that webhook calls come from Meta",
      source: 'your app, "App settings", "Basic", "App secret"',
    }),
    WHATSAPP_VERIFY_TOKEN: password(8).optional().meta({
      meaning:
        'The text that Meta repeats when the webhook is set up: made up by you, at least 8 characters, and put into your app as well, "Configuration", "Webhook", "Verify token"',
    }),
    WHATSAPP_API_URL: url
      .default('https://graph.facebook.com/v24.0')
      .meta({ meaning: 'Another address of the Graph API, for a proxy or a test host' }),
  },
  ways: [
    {
      name: 'the Cloud API',
      variables: ['WHATSAPP_ACCESS_TOKEN', 'WHATSAPP_PHONE_NUMBER_ID', 'WHATSAPP_APP_SECRET', 'WHATSAPP_VERIFY_TOKEN'],
    },
  ],
  toSend: ['WHATSAPP_ACCESS_TOKEN', 'WHATSAPP_PHONE_NUMBER_ID'],
  howTo: 'set WHATSAPP_ACCESS_TOKEN and what belongs to it in .env (docs/whatsapp.md)',
  tokenForms: {
    WHATSAPP_ACCESS_TOKEN: {
      // No quotation mark: `docker run --env-file` keeps those that somebody put around the value.
      form: /^[\x21\x23-\x26\x28-\x7e]+$/,
      wants: "wants a system user's access token (business.facebook.com)",
    },
    WHATSAPP_APP_SECRET: {
      form: /^[0-9a-f]{32}$/,
      wants: 'wants the 32 hexadecimal digits of "App secret" (your app\'s page "App settings, Basic")',
      lenient: true,
    },
  },
  sections: {
    whatsapp: z
      .strictObject({
        message_price: z.number().min(0).max(10).default(0).meta({
          meaning:
            'What you pay for each message of an answer on the Cloud API, US dollars: counted in costs and [budgets](money.md). 0: nothing, or not known',
        }),
      })
      .prefault({}),
  },
});
