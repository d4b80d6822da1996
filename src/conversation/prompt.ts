import type { PromptMessage } from '../models/model.ts';
import { fileName } from '../text/attachments.ts';
import type { HistoryTurn } from './records.ts';

/** UTF-8 bytes for one token. English Llama text has about 4.4, code and other scripts fewer; low is safe. */
const BYTES_PER_TOKEN = 3.2;
const TOKENS_PER_MESSAGE = 4;

/** A cautious estimate; the hosts' tokenizers are not at hand, and being exact would cost more than it saves. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE;
}

/** Added to the instructions where people have names, so that the model does not take them for a part of what was said. */
const NAMES_NOTE =
  'Each message begins with the name of the person who wrote it. Several people may take part. Do not begin your answers with a name.';

/** What the notes below take at most. */
const NOTES_TOKENS = 200;

/** Added where a file came along, so that the model does not invent what it cannot see. */
const FILES_NOTE =
  'Where a message says [attached: …], the text of the file stands above it after “File”, if it could be read. Of every other attached file, such as a picture, a recording or a PDF, you have the name only: its content is not here. If the question needs it, say that you cannot open this kind of file; never guess what it holds.';

type Exchange = Pick<HistoryTurn, 'earlier' | 'user' | 'reply'>;

/**
 * The prompt of one turn: instructions, as many of the newest whole turns as the budget holds, and the new messages.
 * @param budget.history most tokens of history
 * @param budget.context tokens that prompt and answer share
 * @param budget.answer tokens kept free for the answer
 */
export function buildPrompt(
  turn: { instructions: string; history: readonly Exchange[]; now: Exchange },
  budget: { history: number; context: number; answer: number },
): PromptMessage[] {
  const named = turn.now.user.some((message) => message.name !== undefined);
  const now = fitting(turn.now, budget.context - budget.answer - estimateTokens(turn.instructions) - NOTES_TOKENS);
  const files = [...turn.history, turn.now].some(hasFiles);
  const notes = [...(named ? [NAMES_NOTE] : []), ...(files ? [FILES_NOTE] : [])];
  const system: PromptMessage = { role: 'system', content: [turn.instructions, ...notes].join('\n\n') };
  const free = budget.context - budget.answer - tokensOf([system, ...now]);
  return [system, ...pickHistory(turn.history, Math.min(budget.history, free)), ...now].reduce(joinSameRole, []);
}

/** Talk from before the assistant was called goes first, the oldest first, when not all fits. */
function fitting(now: Exchange, budget: number): PromptMessage[] {
  const earlier = [...(now.earlier ?? [])];
  let left = budget - tokensOf(exchangeMessages(now));
  while (left < 0 && earlier.length > 0) left += estimateTokens(earlier.shift()?.text ?? '');
  return exchangeMessages({ ...now, earlier });
}

function hasFiles({ user, earlier = [] }: Exchange): boolean {
  return (
    user.some(({ attachments = [] }) => attachments.length > 0) ||
    earlier.some(({ text }) => text.includes('[attached: '))
  );
}

/** Whole turns only: half an exchange would put words into someone's mouth. */
function pickHistory(history: readonly Exchange[], budget: number): PromptMessage[] {
  const picked: PromptMessage[][] = [];
  let left = budget;
  for (const turn of history.toReversed()) {
    const messages = exchangeMessages(turn);
    left -= tokensOf(messages);
    if (left < 0) break;
    picked.unshift(messages);
  }
  return picked.flat();
}

function exchangeMessages(exchange: Exchange): PromptMessage[] {
  const lines = exchange.user.map((message) =>
    spoken(
      message.name,
      message.text,
      message.attachments?.map((file) => file.name),
    ),
  );
  const earlier = (exchange.earlier ?? []).map((message) => spoken(message.name, message.text));
  const before = earlier.length > 0 ? `Earlier in this thread:\n${earlier.join('\n')}\n\nNow:\n` : '';
  const messages: PromptMessage[] = [{ role: 'user', content: before + lines.join('\n\n') }];
  if (exchange.reply) messages.push({ role: 'assistant', content: exchange.reply });
  return messages;
}

function spoken(name: string | undefined, text: string, files: readonly string[] = []): string {
  return `${name ? `${name}: ` : ''}${withAttached(text, files)}`;
}

/** @returns the text with the names of the files that came with it, unless it names them already */
export function withAttached(text: string, files: readonly string[]): string {
  const names = `[attached: ${files.map(fileName).join(', ')}]`;
  return files.length === 0 || text.endsWith(names) ? text : `${text}\n${names}`;
}

/** Several hosts refuse two messages of one role in a row, which an unanswered turn would leave. */
function joinSameRole(done: PromptMessage[], message: PromptMessage): PromptMessage[] {
  const last = done.at(-1);
  if (last?.role === message.role) last.content += `\n\n${message.content}`;
  else done.push({ ...message });
  return done;
}

function tokensOf(messages: readonly PromptMessage[]): number {
  return messages.reduce((sum, message) => sum + estimateTokens(message.content), 0);
}
