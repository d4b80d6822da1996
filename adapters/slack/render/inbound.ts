/** What people write in Slack, as the model should read it: Slack's tokens and escapes undone. */

/** Names of people and channels, where they are known; without one its id is shown. */
export interface SlackNames {
  /** Display name of a person or a bot by id (`U…`, `W…`). */
  user?(id: string): string | undefined;
  /** Name of a channel by id (`C…`), without `#`. */
  channel?(id: string): string | undefined;
  /** Handle of a user group by id (`S…`), without `@`. */
  group?(id: string): string | undefined;
}

// docs.slack.dev, "Formatting message text": the tokens of a message that an app retrieves.
const TOKEN = /<([^<>|\n]{1,4000})(?:\|([^<>\n]{0,4000}))?>/g;
const USER = /^@([UWB][A-Z0-9]+)$/;
const CHANNEL = /^#([CDG][A-Z0-9]+)$/;
const GROUP = /^!subteam\^(S[A-Z0-9]+)$/;
const MENTION = /<@([UW][A-Z0-9]{1,30})(?:\|[^<>\n]{0,4000})?>/g;
const ENTITY = /&(amp|lt|gt);/g;
const CHARACTERS: Record<string, string> = { amp: '&', lt: '<', gt: '>' };

/**
 * A message's `text` as Markdown-ish text: `<@U1>` → `@Ada`, `<#C1|general>` → `#general`, `<!here>` → `@here`,
 * `<!subteam^S1|@team>` → `@team`, `<!date^…|fallback>` → fallback, `<https://a|label>` → `[label](https://a)`, a bare
 * link where the label says the same, `<mailto:a@b|a@b>` → `a@b`, and `&amp; &lt; &gt;` undone. One pass: what an escape
 * turns into is never read as a token. Never throws; what is no token stays as it is.
 */
export function unescapeSlack(text: string, names: SlackNames = {}): string {
  let out = '';
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    out += unescapeEntities(text.slice(at, match.index));
    out += readToken(match[0], match[1] as string, match[2], names);
    at = match.index + match[0].length;
  }
  return out + unescapeEntities(text.slice(at));
}

/** Ids of the people whom a message's `text` mentions, each once, in order. */
export function mentionedUsers(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(MENTION), (match) => match[1] as string))];
}

function unescapeEntities(text: string): string {
  return text.replace(ENTITY, (_, name: string) => CHARACTERS[name] as string);
}

function readToken(token: string, target: string, label: string | undefined, names: SlackNames): string {
  const said = label === undefined ? '' : unescapeEntities(label);
  const user = USER.exec(target)?.[1];
  if (user) return `@${names.user?.(user) || stripped(said) || user}`;
  const channel = CHANNEL.exec(target)?.[1];
  if (channel) return `#${stripped(said) || names.channel?.(channel) || channel}`;
  const group = GROUP.exec(target)?.[1];
  if (group) return `@${stripped(said) || names.group?.(group) || group}`;
  if (target.startsWith('!date^')) return said;
  if (target.startsWith('!')) return `@${stripped(said) || target.slice(1)}`;
  const address = unescapeEntities(target);
  if (/^(?:mailto|tel):/i.test(address)) return readAddress(address, said);
  if (/^[a-z][a-z0-9+.-]*:/i.test(address)) return readLink(address, said);
  return unescapeEntities(token);
}

function readAddress(address: string, said: string): string {
  const bare = address.slice(address.indexOf(':') + 1);
  return said === '' || said === bare ? bare : `[${said}](${address})`;
}

/** Slack gives `<http://a.b|a.b>` for an address that a person typed without its scheme. */
function readLink(address: string, said: string): string {
  const same = said === '' || said === address || address.replace(/^https?:\/\//i, '').replace(/\/$/, '') === said;
  if (same) return address;
  return `[${said.replace(/[[\]]/g, '\\$&')}](${address.replace(/[()]/g, (c) => (c === '(' ? '%28' : '%29'))})`;
}

function stripped(label: string): string {
  return label.replace(/^[@#]/, '');
}
