import { z } from 'zod';
import { secret, url } from '../../src/settings/fields.ts';
import { platformSettings } from '../../src/settings/platform.ts';

export const slack = platformSettings({
  label: 'Slack',
  group: {
    title: 'Slack',
    intro:
      'The [README](../README.md#slack-in-five-minutes) shows how to create the app at api.slack.com/apps from `adapters/slack/manifest.yaml`.',
  },
  variables: {
    SLACK_BOT_TOKEN: secret.optional().meta({
      meaning: 'The bot token, begins with `xoxb-`',
      source: 'your app, "OAuth & Permissions", after "Install to Workspace"',
    }),
    SLACK_APP_TOKEN: secret.optional().meta({
      meaning:
        'The app-level token, begins with `xapp-`. With it events come by Socket Mode, and nothing has to be reachable from outside',
      source: 'your app, "Basic Information", "App-Level Tokens", scope connections:write',
    }),
    SLACK_SIGNING_SECRET: secret.optional().meta({
      meaning:
        'Only without an app-level token: events come by HTTP at `/slack/events` and their signatures are checked with this',
      source: 'your app, "Basic Information", "Signing Secret"',
    }),
    SLACK_API_URL: url
      .default('https://slack.com/api')
      .meta({ meaning: "Another address of Slack's API, for a proxy or a test host" }),
  },
  ways: [
    { name: 'Socket Mode', variables: ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'] },
    { name: 'HTTP Events', variables: ['SLACK_BOT_TOKEN', 'SLACK_SIGNING_SECRET'] },
  ],
  toSend: ['SLACK_BOT_TOKEN'],
  howTo: 'set SLACK_BOT_TOKEN and SLACK_APP_TOKEN in .env (README: Slack in five minutes)',
  // Slack's prefixes: docs.slack.dev, "Tokens" and "Using token rotation".
  tokenKinds: [
    {
      form: /^xoxe[.-]/,
      what: 'a token of token rotation or of an app configuration, which expires',
      instead: 'turn token rotation off and use the bot token of "OAuth & Permissions"',
    },
    { form: /^xoxb-/, what: 'a bot token', belongsIn: 'SLACK_BOT_TOKEN' },
    { form: /^xapp-/, what: 'an app-level token', belongsIn: 'SLACK_APP_TOKEN' },
    { form: /^xoxp-/, what: 'a user token', instead: 'use the bot token of "OAuth & Permissions"' },
    { form: /^(xox[a-z]|xwfp)-/, what: 'a Slack token of another kind', instead: 'Chasqui has no use for it' },
  ],
  tokenForms: {
    SLACK_BOT_TOKEN: {
      form: /^xoxb-[\w-]+$/,
      wants: 'wants the bot token that starts with "xoxb-" (your app\'s page "OAuth & Permissions")',
    },
    SLACK_APP_TOKEN: {
      form: /^xapp-[\w-]+$/,
      wants: 'wants the app-level token that starts with "xapp-" (your app\'s page "Basic Information")',
    },
    SLACK_SIGNING_SECRET: {
      form: /^[0-9a-f]{32}$/,
      wants: 'wants the 32 hexadecimal digits of "Signing Secret" (your app\'s page "Basic Information")',
      lenient: true,
    },
  },
  sections: {
    slack: z
      .strictObject({
        thread_replies: z.enum(['alone', 'always', 'mention']).default('alone').meta({
          meaning:
            'When to answer in a thread without a new mention: `alone` while only one person writes there, `always`, or `mention` for never',
        }),
        streaming: z
          .boolean()
          .default(true)
          .meta({ meaning: "Stream answers, as far as Slack's limits allow. Off: whole answers only" }),
        surface: z.enum(['agent', 'assistant', 'plain']).default('agent').meta({
          meaning:
            "What the app's manifest declares: `agent` (agent_view), `assistant` (assistant_view) or `plain` (neither)",
        }),
        feedback_buttons: z.boolean().default(true).meta({ meaning: 'Thumbs up and down under each answer' }),
      })
      .prefault({}),
  },
});
