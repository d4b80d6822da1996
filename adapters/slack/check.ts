import type { Check } from '../../src/contract/index.ts';
import { SendError } from '../../src/contract/index.ts';
import type { createSlackClient } from './client.ts';
import type { createIdentity } from './identity.ts';
import { checkClock } from './receive/clock.ts';

/** Without these, answers, names or files are missing, or what was missed is not found. */
export const NEEDED_SCOPES = [
  'app_mentions:read',
  'assistant:write',
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:read',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'mpim:history',
  'mpim:read',
  'reactions:read',
  'users:read',
];

/** Without it the rest of a very long answer is left out, and a line says so. */
const FILE_SCOPE = 'files:write';

/** Needed where `places` names user groups. */
const GROUPS_SCOPE = 'usergroups:read';

/** `npm run doctor`: does Slack accept the tokens, and do they have their scopes? */
export async function checkSlack(deps: {
  whoAmI: ReturnType<typeof createIdentity>;
  appApi: ReturnType<typeof createSlackClient> | null;
  apiUrl: string;
  /** `places` lets Slack user groups in, or keeps them out. */
  namesGroups: boolean;
}): Promise<Check[]> {
  const { whoAmI, appApi, apiUrl } = deps;
  const needed = deps.namesGroups ? [...NEEDED_SCOPES, GROUPS_SCOPE] : NEEDED_SCOPES;
  return Promise.all([botToken(whoAmI, needed), ...(appApi ? [appToken(appApi)] : []), checkClock(apiUrl)]);
}

async function botToken(whoAmI: ReturnType<typeof createIdentity>, needed: readonly string[]): Promise<Check> {
  const name = 'Slack bot token';
  try {
    const me = await whoAmI();
    const missing = needed.filter((scope) => !me.scopes.includes(scope));
    if (missing.length > 0)
      return {
        name,
        ok: false,
        detail: `${me.name} lacks ${missing.join(', ')}: add the scopes and reinstall the app`,
      };
    const found = `${me.name} in workspace ${me.teamId}`;
    if (!me.scopes.includes(FILE_SCOPE))
      return { name, ok: true, detail: `${found}; the rest of a very long answer needs ${FILE_SCOPE} to go as a file` };
    return { name, ok: true, detail: `${found}, all scopes there` };
  } catch (error) {
    return { name, ok: false, detail: explain(error, 'SLACK_BOT_TOKEN', 'OAuth & Permissions') };
  }
}

async function appToken(client: ReturnType<typeof createSlackClient>): Promise<Check> {
  const name = 'Slack app token';
  try {
    await client.call('apps.connections.open', (client) => client.apps.connections.open({}));
    return { name, ok: true, detail: 'Socket Mode can connect' };
  } catch (error) {
    return { name, ok: false, detail: explain(error, 'SLACK_APP_TOKEN', 'Basic Information, App-Level Tokens') };
  }
}

function explain(error: unknown, setting: string, page: string): string {
  if (!(error instanceof SendError)) return String(error);
  if (error.kind === 'auth') return `Slack refuses ${setting} (${error.code}): copy it again from “${page}”`;
  return error.message;
}
