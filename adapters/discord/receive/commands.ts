/** The slash commands and the message menu, and their registration. */
import { isDeepStrictEqual } from 'node:util';
import type { DiscordApi } from '../client.ts';
import type { Identity } from '../identity.ts';

export const MENU = 'Ask about this';

/** discord.com/developers, "Application Commands": types of commands and of options, contexts. */
const SLASH = 1;
const MESSAGE_MENU = 3;
const ENTRY_POINT = 4;
const TEXT = 3;
const FILE = 11;
const IN_GUILD = 0;
const IN_BOT_DM = 1;
const IN_PRIVATE = 2;

interface Option {
  type: number;
  name: string;
  description: string;
  required?: boolean;
  max_length?: number;
}

interface Command {
  type: number;
  name: string;
  description: string;
  options: Option[];
  integration_types: number[];
  contexts: number[];
}

/** What we offer, where the app may be installed. */
function commandsFor({ installs }: Identity): Command[] {
  const integration_types = [...(installs.guild ? [0] : []), ...(installs.user ? [1] : [])];
  // Only a command of a user-installed app may be used in private channels ("Interaction Contexts").
  const contexts = [IN_GUILD, IN_BOT_DM, ...(installs.user ? [IN_PRIVATE] : [])];
  const command = (name: string, description: string, options: Option[] = [], type = SLASH): Command => ({
    type,
    name,
    description,
    options,
    integration_types,
    contexts,
  });
  return [
    command('ask', 'Ask the assistant', [
      { type: TEXT, name: 'question', description: 'What do you want to know?', required: true, max_length: 6_000 },
      { type: FILE, name: 'file', description: 'A file that your question is about' },
    ]),
    command('reset', 'Forget this conversation'),
    command('model', 'See or choose the model that answers', [
      { type: TEXT, name: 'name', description: 'Number or part of the name', max_length: 100 },
    ]),
    command('persona', 'See or choose who answers here', [
      { type: TEXT, name: 'name', description: 'Its name', max_length: 100 },
    ]),
    command('usage', 'What your questions took'),
    command('about', 'Which model answers, where your words go, how long they are kept'),
    command('help', 'How to talk with the assistant'),
    command(MENU, '', [], MESSAGE_MENU),
  ];
}

type Registered = Partial<Command> & { name: string };

/** @returns the names of our commands that Discord does not have, or has otherwise. @throws SendError */
export async function missingCommands(api: DiscordApi, me: Identity): Promise<string[]> {
  return differing(await list(api, me), commandsFor(me));
}

/**
 * Brings Discord's list to ours; asks first, since a list that is the same need not be written, and new commands are
 * limited to 200 a day. Commands of an Activity stay, as Discord demands.
 * @returns whether something changed. @throws SendError
 */
export async function registerCommands(api: DiscordApi, me: Identity): Promise<boolean> {
  const there = await list(api, me);
  const ours = commandsFor(me);
  const activities = there.filter((command) => command.type === ENTRY_POINT);
  if (there.length === ours.length + activities.length && differing(there, ours).length === 0) return false;
  await api.call('PUT', `/applications/${me.appId}/commands`, { body: [...ours, ...activities] });
  return true;
}

function list(api: DiscordApi, me: Identity): Promise<Registered[]> {
  return api.call<Registered[]>('GET', `/applications/${me.appId}/commands`);
}

function differing(there: Registered[], ours: Command[]): string[] {
  const same = (command: Command) =>
    there.some((other) => (other.type ?? SLASH) === command.type && isDeepStrictEqual(plain(other), plain(command)));
  return ours.filter((command) => !same(command)).map(({ name }) => name);
}

/** Only what we set, in one order: Discord adds fields, and leaves out what is false or empty. */
function plain({ name, description, options, integration_types, contexts }: Registered) {
  return {
    name,
    description: description ?? '',
    options: (options ?? []).map((option) => ({
      type: option.type,
      name: option.name,
      description: option.description,
      required: option.required ?? false,
      max_length: option.max_length ?? null,
    })),
    integration_types: [...(integration_types ?? [])].sort(),
    contexts: [...(contexts ?? [])].sort(),
  };
}
