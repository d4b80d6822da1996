/** Field names whose text never reaches a log, at any depth: `token`, `SLACK_BOT_TOKEN`, `set-cookie`, `apiKey`, … */
const FIELD = '[\\w-]*(?:token|authorization|cookie|password|secret|api[-_]?key)';

/** Text in JSON, and in JSON that stands as text inside JSON (a platform's answer inside an error's message). */
const TEXT = '[^"\\\\]*(?:\\\\.[^"\\\\]*)*';
const INNER_TEXT = '[^"\\\\]*(?:\\\\\\\\(?:\\\\["\\\\]|[^"\\\\])[^"\\\\]*)*';

/**
 * What secrets look like, in a line of JSON. No pattern reaches across a quotation mark that ends a text, so the line
 * stays JSON; none can take more than linear time.
 */
const SHAPES: [RegExp, string][] = [
  [new RegExp(`"(${FIELD})":"${TEXT}"`, 'gi'), '"$1":"[secret]"'],
  [new RegExp(`"(${FIELD})":\\[(?:"${TEXT}",?)*\\]`, 'gi'), '"$1":"[secret]"'],
  [new RegExp(`\\\\"(${FIELD})\\\\"(\\s*:\\s*)\\\\"${INNER_TEXT}\\\\"`, 'gi'), '\\"$1\\"$2\\"[secret]\\"'],
  // Slack's tokens; keys of OpenAI, Groq, Hugging Face and AWS; JSON web tokens.
  [/\b(?:xox[a-z][-.]|xapp-|xwfp-)[\w.-]+/g, '[secret]'],
  [
    /\b(?:sk-|gsk_|hf_)[\w-]{16,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g,
    '[secret]',
  ],
  [/\b((?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi, '$1[secret]'],
  // Passwords in addresses, secrets in queries, forms and cookies, and addresses that are secrets themselves.
  [/(:\/\/[^\s:/@"\\]*:)[^\s@/"\\]+@/g, '$1[secret]@'],
  [/([?&](?:key|ticket|code|sig|signature)=)[^&\s"\\]+/gi, '$1[secret]'],
  [/((?<![\w-])[\w-]*(?:token|secret|password|api[-_]?key|session)=)[^&\s"\\;,]+/gi, '$1[secret]'],
  // Telegram's, which are part of each address.
  [/(\/bot|\b)\d{6,12}:[\w-]{30,}/g, '$1[secret]'],
  [/(hooks\.slack\.com\/\w+\/)[\w/]+/g, '$1[secret]'],
];

/** Shorter values would hide ordinary words. */
const SHORTEST = 6;

/**
 * Builds the function that masks everything in a line of JSON that looks like a secret, and the given values whatever
 * they look like: escaped as JSON does, once or twice, and as they stand in an address. The line stays JSON.
 * @param known secrets; those under 6 characters are left to the patterns
 */
export function createMask(known: readonly string[] = []): (line: string) => string {
  const forms = new Set(known.filter((value) => value.length >= SHORTEST).flatMap(formsOf));
  // The longest first: one may begin with another.
  const values = [...forms]
    .sort((a, b) => b.length - a.length)
    .map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  const given = values.length > 0 ? new RegExp(values.join('|'), 'g') : undefined;
  return (line) => {
    let out = given ? line.replace(given, '[secret]') : line;
    for (const [shape, replacement] of SHAPES) out = out.replace(shape, replacement);
    return out;
  };
}

/** How a value may stand in a line of JSON. */
function formsOf(value: string): string[] {
  const once = inJson(value);
  const sound = value.toWellFormed();
  return [once, inJson(once), encodeURIComponent(sound), encodeURI(sound)];
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
