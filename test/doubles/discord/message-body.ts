/**
 * The body of a message, checked as "Create Message" and "Edit Message" say: content of 2,000 characters, 10 embeds
 * with 6,000 in all, a nonce of 25, allowed mentions, and the components of "Component Reference".
 */
import { checkComponents } from './components.ts';
import { type AllowedMentions, checkAllowedMentions } from './mentions.ts';
import { checkLength, createProblems, invalid, lengthOf, type Problems } from './refusals.ts';
import { type Body, type Component, DiscordRefusal } from './types.ts';

export interface MessageBody {
  content?: string | null;
  nonce?: string | number | null;
  enforce_nonce?: boolean;
  embeds?: Record<string, unknown>[] | null;
  components?: Component[] | null;
  allowed_mentions?: AllowedMentions | null;
  attachments?: { id: string | number; filename?: string; description?: string }[] | null;
  message_reference?: {
    type?: number;
    message_id?: string;
    channel_id?: string;
    guild_id?: string;
    fail_if_not_exists?: boolean;
  } | null;
  flags?: number | null;
}

function checkEmbeds(problems: Problems, embeds: Record<string, unknown>[]): void {
  if (embeds.length > 10) problems.add(['embeds'], 'BASE_TYPE_MAX_LENGTH', 'Must be 10 or fewer in length.');
  let sum = 0;
  for (const [i, embed] of embeds.entries()) {
    const fields = (embed.fields ?? []) as { name?: unknown; value?: unknown }[];
    const footer = (embed.footer as { text?: unknown } | undefined)?.text;
    const author = (embed.author as { name?: unknown } | undefined)?.name;
    checkLength(problems, ['embeds', i, 'title'], embed.title, { max: 256 });
    checkLength(problems, ['embeds', i, 'description'], embed.description, { max: 4096 });
    checkLength(problems, ['embeds', i, 'footer', 'text'], footer, { max: 2048 });
    checkLength(problems, ['embeds', i, 'author', 'name'], author, { max: 256 });
    if (fields.length > 25)
      problems.add(['embeds', i, 'fields'], 'BASE_TYPE_MAX_LENGTH', 'Must be 25 or fewer in length.');
    for (const [n, field] of fields.entries()) {
      checkLength(problems, ['embeds', i, 'fields', n, 'name'], field.name, { min: 1, max: 256 });
      checkLength(problems, ['embeds', i, 'fields', n, 'value'], field.value, { min: 1, max: 1024 });
    }
    for (const text of [embed.title, embed.description, footer, author, ...fields.flatMap((f) => [f.name, f.value])])
      if (typeof text === 'string') sum += lengthOf(text);
  }
  if (sum > 6000) problems.add(['embeds'], 'MAX_EMBED_SIZE_EXCEEDED', 'Embed size exceeds maximum size of 6000');
}

/**
 * The body, checked.
 * @throws DiscordRefusal 50035 with the tree of what is wrong
 */
export function checkMessage(raw: Body, options: { edit?: boolean; v2?: boolean } = {}): MessageBody {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    invalid([], 'DICT_TYPE_CONVERT', 'Only dictionaries may be used in a DictType');
  for (const field of ['poll', 'sticker_ids', 'shared_client_theme'])
    if (raw[field]) throw new DiscordRefusal(400, 0, `The Discord double models no ${field}`);
  const body = raw as MessageBody;
  const problems = createProblems();
  const v2 = options.v2 || ((body.flags ?? 0) & 32768) !== 0;
  checkLength(problems, ['content'], body.content, { max: 2000 });
  if (v2 && (body.content || body.embeds?.length))
    problems.add(
      [body.content ? 'content' : 'embeds'],
      'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2',
      `The '${body.content ? 'content' : 'embeds'}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2`,
    );
  if (body.nonce !== undefined && body.nonce !== null) {
    if (typeof body.nonce === 'number' && !Number.isSafeInteger(body.nonce))
      problems.add(['nonce'], 'NONCE_TYPE_INVALID', 'Nonce must be a string or an integer.');
    else checkLength(problems, ['nonce'], String(body.nonce), { max: 25 });
  }
  checkEmbeds(problems, body.embeds ?? []);
  checkAllowedMentions(problems, body.allowed_mentions);
  checkComponents(problems, body.components ?? [], v2);
  problems.settle();
  return body;
}
