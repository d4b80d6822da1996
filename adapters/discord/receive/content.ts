/** What a message says, in words: its text, and what else Discord shows of it (polls, embeds, stickers, forwards). */
import type { AttachmentRef } from '../../../src/contract/index.ts';
import type { DiscordAttachment, DiscordMessage, Surroundings } from './normalize.ts';

/** What messages, and the copies in forwards, have in common. */
export interface Shown {
  content?: string;
  attachments?: DiscordAttachment[];
  embeds?: Embed[];
  components?: Component[];
  poll?: Poll;
  sticker_items?: { name: string }[];
}

/** discord.com/developers, "Message", section "Embed Object". */
interface Embed {
  type?: string;
  url?: string;
  title?: string;
  description?: string;
  author?: { name?: string };
  fields?: { name: string; value: string }[];
  footer?: { text?: string };
  image?: object;
}

/** discord.com/developers, "Component Reference": what holds text, or others. */
interface Component {
  content?: string;
  components?: Component[];
}

/** discord.com/developers, "Poll". */
interface Poll {
  question?: { text?: string };
  answers?: { answer_id?: number; poll_media?: { text?: string; emoji?: { name?: string | null } } }[];
  results?: { answer_counts?: { id: number; count: number }[] };
}

/** More of one message's embeds is not worth the model's time. */
const LONGEST_EMBEDS = 6_000;

/** What was written, our own mention at the head or the end taken away; everything else in words. */
export function textOf(message: DiscordMessage, around?: Pick<Surroundings, 'me' | 'ourRole'>): string {
  const said = around ? withoutMention(message.content ?? '', around) : (message.content ?? '').trim();
  const forwarded = (message.message_snapshots ?? []).map(({ message: copy }) => wordsOf(copy.content ?? '', copy));
  return [wordsOf(said, message), ...forwarded.filter(Boolean).map((text) => `Forwarded message:\n${text}`)]
    .filter(Boolean)
    .join('\n\n');
}

function wordsOf(said: string, shown: Shown): string {
  const stickers = (shown.sticker_items ?? []).map(({ name }) => `[sticker: ${name}]`);
  const embeds = (shown.embeds ?? []).filter((embed) => !isPreview(embed, said)).map(embedText);
  const cut = embeds.filter(Boolean).join('\n\n').slice(0, LONGEST_EMBEDS);
  return [said.trim(), componentText(shown.components), shown.poll && pollText(shown.poll), cut, ...stickers]
    .filter(Boolean)
    .join('\n\n');
}

/** Discord adds it to a link, which says enough. */
function isPreview({ type = 'rich', url }: Embed, said: string): boolean {
  return said !== '' && (type !== 'rich' || (url !== undefined && said.includes(url)));
}

function embedText({ title, description, author, fields = [], footer, url, image }: Embed): string {
  const rows = fields.map(({ name, value }) => `${name}: ${value}`);
  const words = [author?.name, title, description, ...rows, footer?.text].filter(Boolean).join('\n');
  return words || url || (image ? '[picture]' : '');
}

function componentText(components: Component[] = []): string {
  return components
    .map(({ content, components: inner }) => [content, componentText(inner)].filter(Boolean).join('\n'))
    .filter(Boolean)
    .join('\n');
}

function pollText({ question, answers = [], results }: Poll): string {
  const choices = answers.map(({ answer_id: id, poll_media: media }) => {
    const votes = results?.answer_counts?.find((counted) => counted.id === id)?.count;
    const label = [media?.emoji?.name, media?.text].filter(Boolean).join(' ');
    return `- ${label}${votes === undefined ? '' : ` (${votes} ${votes === 1 ? 'vote' : 'votes'})`}`;
  });
  return [`Poll: ${question?.text ?? ''}`, ...choices].join('\n');
}

/** Our own mention at the head or the end says only whom it is for; in the middle it is part of the sentence. */
function withoutMention(text: string, { me, ourRole }: Pick<Surroundings, 'me' | 'ourRole'>): string {
  if (!text.includes('<@')) return text.trim();
  const mention = `(?:<@!?${me.botId}>${ourRole ? `|<@&${ourRole}>` : ''})`;
  return text.replace(new RegExp(`^\\s*(?:${mention}[\\s,:]*)+|\\s*${mention}\\s*$`, 'g'), '').trim();
}

export function attachmentsOf(message: DiscordMessage): AttachmentRef[] {
  const forwarded = (message.message_snapshots ?? []).flatMap((snapshot) => snapshot.message.attachments ?? []);
  return [...(message.attachments ?? []), ...forwarded].map(toAttachment);
}

export function toAttachment(file: DiscordAttachment): AttachmentRef {
  return {
    id: file.id,
    name: file.filename ?? 'file',
    // With a parameter for text: `text/plain; charset=utf-8`.
    mediaType: file.content_type?.split(';')[0]?.trim() || 'application/octet-stream',
    ...(file.size === undefined ? {} : { size: file.size }),
    ref: file.url,
  };
}
