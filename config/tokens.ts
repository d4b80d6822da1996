/** Recognises secrets of the wrong kind by their form, so that the message can say where they belong. */
import type { TokenForm, TokenKind } from '../src/settings/platform.ts';
import { type Environment, quoted } from './environment.ts';
import { SECRET_VARIABLES, showSecret } from './explain.ts';
import { PLATFORM_SETTINGS } from './platform-settings.ts';
import type { Problem } from './problem.ts';
import type { Variable } from './schema.ts';

const all: readonly {
  tokenKinds?: readonly TokenKind[];
  tokenForms?: Partial<Record<Variable, TokenForm>>;
}[] = Object.values(PLATFORM_SETTINGS);

const KINDS: readonly TokenKind[] = all.flatMap(({ tokenKinds = [] }) => tokenKinds);

/** No quotation mark: `docker run --env-file` keeps those that somebody put around the value. */
const API_KEY = /^[\x21\x23-\x26\x28-\x7e]+$/;
/** A password may hold anything, but not stand in quotation marks. */
const ANY_SECRET: TokenForm = { form: /^(?!(["']).*\1$)/s, wants: 'wants the value as it is' };

/** What each variable must look like. */
const EXPECTED: Partial<Record<Variable, TokenForm>> = {
  ...Object.assign({}, ...all.map(({ tokenForms }) => tokenForms)),
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
