/** Recognises secrets of the wrong kind by their form, so that the message can say where they belong. */
import { type Environment, quoted } from './environment.ts';
import { SECRET_VARIABLES, showSecret } from './explain.ts';
import type { Problem } from './problem.ts';
import type { Variable } from './schema.ts';

/** What a value's first characters tell about it. */
interface TokenKind {
  form: RegExp;
  what: string;
  /** The variable it belongs in, if Chasqui has a use for it. */
  belongsIn?: Variable;
  /** What to do otherwise. */
  instead?: string;
}

/** The first that fits counts. Slack's prefixes: docs.slack.dev, "Tokens" and "Using token rotation". */
const KINDS: TokenKind[] = [
  {
    form: /^xoxe[.-]/,
    what: 'a token of token rotation or of an app configuration, which expires',
    instead: 'turn token rotation off and use the bot token of "OAuth & Permissions"',
  },
  { form: /^xoxb-/, what: 'a bot token', belongsIn: 'SLACK_BOT_TOKEN' },
  { form: /^xapp-/, what: 'an app-level token', belongsIn: 'SLACK_APP_TOKEN' },
  { form: /^xoxp-/, what: 'a user token', instead: 'use the bot token of "OAuth & Permissions"' },
  { form: /^\d{6,12}:[\w-]{30,}$/, what: "a Telegram bot's token", belongsIn: 'TELEGRAM_BOT_TOKEN' },
  { form: /^(xox[a-z]|xwfp)-/, what: 'a Slack token of another kind', instead: 'Chasqui has no use for it' },
];

interface Expectation {
  form: RegExp;
  wants: string;
  /** The form is only how the real ones look, and a test host's may look different: say so, but go on. */
  lenient?: boolean;
}

/** No quotation mark: `docker run --env-file` keeps those that somebody put around the value. */
const API_KEY = /^[\x21\x23-\x26\x28-\x7e]+$/;
/** A password may hold anything, but not stand in quotation marks. */
const ANY_SECRET: Expectation = { form: /^(?!(["']).*\1$)/s, wants: 'wants the value as it is' };

/** What each variable must look like. */
const EXPECTED: Partial<Record<Variable, Expectation>> = {
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
  DISCORD_TOKEN: {
    form: /^[\w-]{18,}\.[\w-]{6,}\.[\w-]{20,}$/,
    wants: 'wants the token of the page "Bot" of your application (three parts with dots between them)',
    lenient: true,
  },
  WHATSAPP_ACCESS_TOKEN: { form: API_KEY, wants: "wants a system user's access token (business.facebook.com)" },
  WHATSAPP_APP_SECRET: {
    form: /^[0-9a-f]{32}$/,
    wants: 'wants the 32 hexadecimal digits of "App secret" (your app\'s page "App settings, Basic")',
    lenient: true,
  },
  TELEGRAM_BOT_TOKEN: {
    // It becomes part of each address.
    form: /^\d+:[\w-]+$/,
    wants: 'wants the token that @BotFather showed: digits, a colon, letters',
  },
  CLOUDFLARE_API_TOKEN: { form: API_KEY, wants: 'wants the API token as Cloudflare showed it once' },
  AWS_BEARER_TOKEN_BEDROCK: { form: API_KEY, wants: 'wants the Bedrock API key as AWS showed it' },
  OPENAI_API_KEY: { form: API_KEY, wants: 'wants the API key as its host showed it' },
};

/** Checks the form of every token that is set. What only looks unusual is a warning. */
export function checkTokens({ values, where }: Environment): { problems: Problem[]; warnings: Problem[] } {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  for (const name of SECRET_VARIABLES) {
    const { form, wants, lenient } = EXPECTED[name] ?? ANY_SECRET;
    const value = values[name];
    const bare = value?.replace(/^["']|["']$/g, '');
    if (value === undefined || bare === undefined) continue;
    const kind = KINDS.find((candidate) => candidate.form.test(bare));
    const misplaced = kind && kind.belongsIn !== name;
    if (form.test(value) && !misplaced) continue;
    const advice = kind?.belongsIn ? `it belongs in ${kind.belongsIn}` : kind?.instead;
    (lenient && !misplaced ? warnings : problems).push({
      setting: name,
      where: where(name),
      got: showSecret(bare),
      wants: misplaced ? `that is ${kind.what}: ${advice}. ${name} ${wants}` : `${wants}${oddity(value)}`,
    });
  }
  return { problems, warnings };
}

/** Names what does not belong into any token: quotation marks, a space, the dots of a shortened display. */
function oddity(value: string): string {
  if (quoted(value)) return quoted(value);
  const odd = /[^\x21-\x7e]/.exec(value)?.[0];
  return odd ? `; there is ${JSON.stringify(odd)} in it, which no token has` : '';
}
