/** The commands that every platform has. The model never sees them. */
import type { Analytics } from '../analytics/recorder.ts';
import type { Budgets } from '../budgets/budgets.ts';
import type { Conversations } from '../conversation/conversations.ts';
import type { Model } from '../models/model.ts';
import type { Persona, Personas } from '../persona/personas.ts';
import { aboutText } from './about.ts';
import { usageText } from './usage.ts';

export interface Command {
  name: string;
  argument: string;
}

/** Who gave the command, and where. */
export interface Caller {
  conversation: string;
  platform: string;
  /** Empty where the platform does not tell. */
  person: string;
  workspace?: string | undefined;
}

/** Each with the line of `help` about it. */
const LINES: Readonly<Record<string, string>> = {
  help: 'this text',
  ask: 'with a question: the same as writing it',
  about: 'which model answers, where your words go, how long they are kept',
  model: 'the models to choose from; `model 2` chooses',
  persona: 'who answers here; `persona NAME` chooses another',
  usage: 'what your questions took, and what is left',
  retry: 'answer the last message again',
  feedback: '`feedback good` or `feedback bad`, and why: what you think of the last answer',
  reset: 'forget this conversation',
  stop: 'end the answer that is being written',
};
/** Those that a text of the model's answers cannot stand for: they are done on the way in. */
const ON_THE_WAY_IN = new Set(['ask', 'retry', 'stop']);

/**
 * A message that is a command: `/help`, `!model llama`, … (`!` for platforms that keep `/` for themselves).
 * Anything else, also an unknown `/word`, is a message for the model.
 */
export function parseCommand(text: string): Command | null {
  const command = parseAny(text);
  return command && !ON_THE_WAY_IN.has(command.name) ? command : null;
}

/** As `parseCommand`, with those commands that change what a message is. */
export function parseAny(text: string): Command | null {
  const [, name = '', argument = ''] = /^[/!]([a-z]+)(?:\s+([^\n]*))?$/i.exec(text.trim()) ?? [];
  return Object.hasOwn(LINES, name.toLowerCase()) ? { name: name.toLowerCase(), argument: argument.trim() } : null;
}

export type Commands = ReturnType<typeof createCommands>;

/** Each returns Markdown. */
export function createCommands(options: {
  conversations: Conversations;
  personas: Personas;
  budgets: Budgets;
  analytics: Analytics;
  keepMs: number;
}) {
  const { conversations, personas } = options;

  async function personaOf(conversation: string): Promise<Persona> {
    const kept =
      (await conversations.chosenPersona(conversation)) ?? (await conversations.lastTurn(conversation))?.persona;
    return personas.in(conversation, kept ?? null);
  }

  async function modelsIn(conversation: string): Promise<Model[]> {
    const { models } = await personaOf(conversation);
    return inOrder(models, await conversations.chosenModel(conversation));
  }

  async function model(conversation: string, wanted: string): Promise<string> {
    const { models } = await personaOf(conversation);
    if (wanted) {
      const found =
        models.find((m, n) => String(n + 1) === wanted || m.id === wanted) ??
        onlyOne(models.filter((m) => matches(m, wanted)));
      if (!found) return `No single model matches “${shown(wanted)}”.\n\n${list(models, null)}`;
      await conversations.chooseModel(conversation, found.id);
      return `From now on **${found.label}** answers first in this conversation.`;
    }
    const [current = null] = await modelsIn(conversation);
    return `${list(models, current)}\n\nChoose with \`model 1\`, or with a part of the name.`;
  }

  async function persona(conversation: string, wanted: string): Promise<string> {
    const current = await personaOf(conversation);
    const choices = personas.choices(conversation);
    const names = choices.map(({ id }) => `\`${id}\``).join(', ');
    if (!wanted)
      return `**${current.id}** answers in this conversation.${choices.length > 1 ? ` There are ${names}.` : ''}`;
    const found = choices.find(({ id }) => id.toLowerCase() === wanted.toLowerCase());
    if (!found) return `There is no persona “${shown(wanted)}” to choose here. There are ${names}.`;
    await conversations.choosePersona(conversation, found.id);
    return `From now on **${found.id}** answers in this conversation.`;
  }

  async function feedback({ platform, conversation }: Caller, argument: string): Promise<string> {
    const [word = '', ...why] = argument.split(/\s+/);
    const good = /^(good|up|👍)$/i.test(word);
    if (!good && !/^(bad|down|👎)$/i.test(word)) return 'Write `feedback good` or `feedback bad`, and why if you like.';
    const judged = await conversations.lastTurn(conversation);
    if (!judged) return 'There is no answer to judge yet.';
    const { model: id } = judged;
    options.analytics.record({ type: 'feedback', at: Date.now(), platform, good, ...(id ? { model: id } : {}) });
    if (why.length > 0) options.analytics.record({ type: 'reason', reason: 'in words' });
    return 'Thank you. It is counted.';
  }

  return {
    /** @param command an unknown name gives the help text */
    async run({ name, argument }: Command, caller: Caller): Promise<string> {
      const { conversation, platform, person } = caller;
      const allowed = personas.placeOf(conversation)?.commands;
      if (allowed && Object.hasOwn(LINES, name) && !allowed.includes(name)) return 'That command cannot be used here.';
      switch (name) {
        case 'about': {
          const own = await personaOf(conversation);
          return aboutText(own, await modelsIn(conversation), options.keepMs);
        }
        case 'model':
          return model(conversation, argument);
        case 'persona':
          return persona(conversation, argument);
        case 'usage':
          return person === ''
            ? 'Send `usage` as a message: here I cannot tell who asks.'
            : usageText(await options.analytics.usageOf(platform, person), await options.budgets.readPerson(caller));
        case 'feedback':
          return feedback(caller, argument);
        case 'reset':
          await conversations.forget(conversation);
          return 'Done: I have forgotten this conversation.';
        default:
          return help((await personaOf(conversation)).name, allowed);
      }
    },
  };
}

/** The chosen model first, then the configured order: the order in which models are tried. */
export function inOrder(models: readonly Model[], chosen: string | null): Model[] {
  const first = models.find((model) => model.id === chosen);
  return first ? [first, ...models.filter((model) => model !== first)] : [...models];
}

function help(name: string, allowed: readonly string[] | undefined): string {
  return [
    `Write to **${name}** as you would to a colleague. These commands exist everywhere:`,
    '',
    ...Object.entries(LINES)
      .filter(([command]) => allowed?.includes(command) ?? true)
      .map(([command, about]) => `- \`${command}\` – ${about}`),
    '',
    'In the web chat type `/` before a command, in a message elsewhere `!`. `stop` also works as a message of its own.',
  ].join('\n');
}

const shown = (wanted: string): string => wanted.slice(0, 80).replaceAll('`', '');

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
