import type { Conversations } from '../conversation/conversations.ts';
import type { Model } from '../models/model.ts';

export interface Command {
  name: string;
  argument: string;
}

const NAMES = new Set(['help', 'about', 'model', 'reset']);

/**
 * A message that is a command: `/help`, `!model llama`, … (`!` for platforms that keep `/` for themselves).
 * Anything else, also an unknown `/word`, is a message for the model.
 */
export function parseCommand(text: string): Command | null {
  const [, name = '', argument = ''] = /^[/!]([a-z]+)(?:\s+([^\n]*))?$/i.exec(text.trim()) ?? [];
  return NAMES.has(name.toLowerCase()) ? { name: name.toLowerCase(), argument: argument.trim() } : null;
}

export type Commands = ReturnType<typeof createCommands>;

/** The commands that every platform has. Each returns Markdown. */
export function createCommands(options: {
  conversations: Conversations;
  models: readonly Model[];
  assistantName: string;
  keepMs: number;
}) {
  const { conversations, models, assistantName } = options;
  const days = Math.max(1, Math.round(options.keepMs / 86_400_000));

  async function about(conversation: string): Promise<string> {
    const [first, ...others] = inOrder(models, await conversations.chosenModel(conversation));
    const lines = [
      `**${assistantName}** is one assistant in the chat apps that you already use.`,
      '',
      `- **Model:** ${first ? describe(first) : 'none is configured'}`,
      ...(others.length > 0 ? [`- **If it does not answer:** ${others.map(describe).join('; ')}`] : []),
      `- **Where your messages go:** to this chat platform, to the server that runs ${assistantName}, and to the model's host, named above.`,
      `- **How long they are kept:** ${days} ${days === 1 ? 'day' : 'days'} after the last message of a conversation; \`reset\` deletes them at once.`,
      '- Answers are written by a model and can be wrong. Check what matters.',
    ];
    return lines.join('\n');
  }

  async function model(conversation: string, wanted: string): Promise<string> {
    if (wanted) {
      const found =
        models.find((m, n) => String(n + 1) === wanted || m.id === wanted) ??
        onlyOne(models.filter((m) => matches(m, wanted)));
      if (!found)
        return `No single model matches “${wanted.slice(0, 80).replaceAll('`', '')}”.\n\n${list(models, null)}`;
      await conversations.chooseModel(conversation, found.id);
      return `From now on **${found.label}** answers first in this conversation.`;
    }
    const chosen = await conversations.chosenModel(conversation);
    return `${list(models, inOrder(models, chosen)[0] ?? null)}\n\nChoose with \`model 1\`, or with a part of the name.`;
  }

  return {
    /** @param command an unknown name gives the help text */
    async run(command: Command, conversation: string): Promise<string> {
      switch (command.name) {
        case 'about':
          return about(conversation);
        case 'model':
          return model(conversation, command.argument);
        case 'reset':
          await conversations.forget(conversation);
          return 'Done: I have forgotten this conversation.';
        default:
          return help(assistantName);
      }
    },
  };
}

/** The chosen model first, then the configured order: the order in which models are tried. */
export function inOrder(models: readonly Model[], chosen: string | null): Model[] {
  const first = models.find((model) => model.id === chosen);
  return first ? [first, ...models.filter((model) => model !== first)] : [...models];
}

function help(name: string): string {
  return [
    `Write to **${name}** as you would to a colleague. These commands exist everywhere:`,
    '',
    '- `help` – this text',
    '- `about` – which model answers, where your words go, how long they are kept',
    '- `model` – the models to choose from; `model 2` chooses',
    '- `reset` – forget this conversation',
    '- `stop`, as a message of its own – end the answer that is being written',
    '',
    'In the web chat type `/` before a command, in a message elsewhere `!`.',
  ].join('\n');
}

function describe(model: Model): string {
  return `${model.label} (licence: ${model.licence}), hosted by ${model.host}`;
}

function list(models: readonly Model[], current: Model | null): string {
  return models
    .map(
      (model, n) => `${n + 1}. ${model === current ? `**${model.label}** (answers now)` : model.label}, ${model.host}`,
    )
    .join('\n');
}

function matches(model: Model, wanted: string): boolean {
  return `${model.id} ${model.label}`.toLowerCase().includes(wanted.toLowerCase());
}

function onlyOne<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}
