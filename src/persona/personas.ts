/** Which persona answers in a conversation, and what it is told. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Config, FileConfig } from '../../config/schema.ts';
import type { InboundMessage } from '../contract/index.ts';
import { isBelow } from '../conversation/beginning.ts';
import type { Model } from '../models/model.ts';

export type Place = FileConfig['places'][number];

/** Everybody and every group that places let in or keep out, by id. */
export interface AccessLists {
  allow: readonly string[];
  deny: readonly string[];
}

/** A persona with every setting that it has, its own or the assistant's. */
export interface Persona {
  /** As in the configuration; `default` is the assistant. */
  id: string;
  name: string;
  instructions: string;
  /** In the order in which they are asked. */
  models: readonly Model[];
  temperature: number | undefined;
  maxAnswerTokens: number;
  language: string | undefined;
  suggestions: readonly string[];
  footer: 'none' | 'model' | 'full';
}

/** What of the configuration makes personas, and what may change while Chasqui runs. */
export type PersonaSettings = Pick<Config, 'assistant' | 'personas' | 'places'>;

/** A persona cannot be as it is configured. `message` says what and where. */
export class PersonaError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PersonaConfigError';
  }
}

export type Personas = ReturnType<typeof createPersonas>;

/**
 * @param options.models all that are built, those of MODEL first
 * @param options.chain those of MODEL
 * @param options.file the configuration's path; `instructions_file` is relative to its folder
 * @throws PersonaError
 */
export function createPersonas(options: {
  settings: PersonaSettings;
  models: readonly Model[];
  chain: readonly Model[];
  file: string;
}) {
  let all = build(options.settings, options);
  let places = sorted(options.settings.places);

  function placeOf(conversation: string): Place | undefined {
    return places.find(({ where }) => isBelow(where, conversation));
  }

  return {
    /** Who answers; `kept` is the persona that the conversation began with, if it has begun. */
    in(conversation: string, kept: string | null): Persona {
      const found = (kept !== null && all.get(kept)) || all.get(placeOf(conversation)?.persona ?? 'default');
      return found ?? (all.get('default') as Persona);
    },
    get: (id: string): Persona | undefined => all.get(id),
    list: (): Persona[] => [...all.values()],
    placeOf,
    /** What the places on a platform say of people and groups, for adapters that have to look groups up. */
    accessLists(platform: string): AccessLists {
      const theirs = places.filter(({ where }) => isBelow(platform, where));
      return {
        allow: theirs.flatMap(({ allow = [] }) => allow),
        deny: theirs.flatMap(({ deny = [] }) => deny),
      };
    },
    /** Those that people may choose in a conversation: no place with limits of its own names them, or this one does. */
    choices(conversation: string): Persona[] {
      const here = placeOf(conversation);
      const isLimited = ({ persona, allow, deny, pairing }: Place): boolean =>
        persona !== undefined && (allow !== undefined || deny !== undefined || pairing === true);
      const kept = new Set(places.filter((place) => place !== here && isLimited(place)).map(({ persona }) => persona));
      return [...all.values()].filter(({ id }) => !kept.has(id) || id === here?.persona);
    },
    /** Takes new settings at once, or throws and keeps the old ones. @throws PersonaError */
    change(settings: PersonaSettings, models: readonly Model[]): void {
      const next = build(settings, { ...options, models });
      all = next;
      places = sorted(settings.places);
    },
  };
}

/** Longest first: the most specific counts. */
function sorted(places: readonly Place[]): Place[] {
  return [...places].sort((a, b) => b.where.length - a.where.length);
}

function build(
  { assistant, personas, places }: PersonaSettings,
  { models, chain, file }: { models: readonly Model[]; chain: readonly Model[]; file: string },
): Map<string, Persona> {
  const built = new Map<string, Persona>();
  for (const [id, own] of Object.entries({ default: {}, ...personas }) as [string, FileConfig['personas'][string]][]) {
    if (own.instructions !== undefined && own.instructions_file !== undefined)
      throw new PersonaError(`personas.${id}: instructions and instructions_file cannot both be set`);
    built.set(id, {
      id,
      name: own.name ?? assistant.name,
      instructions: own.instructions_file
        ? readText(id, file, own.instructions_file)
        : (own.instructions ?? assistant.instructions),
      models: own.models ? own.models.map((name) => modelOf(id, name, models)) : chain,
      temperature: own.temperature ?? assistant.temperature,
      maxAnswerTokens: own.max_answer_tokens ?? assistant.max_answer_tokens,
      language: own.language,
      suggestions: own.suggestions ?? assistant.suggestions,
      footer: own.footer ?? 'none',
    });
  }
  for (const { where, persona } of places)
    if (persona !== undefined && !built.has(persona))
      throw new PersonaError(
        `places: there is no persona "${persona}", which answers in ${where}; there are ${[...built.keys()].join(', ')}`,
      );
  return built;
}

function readText(id: string, file: string, path: string): string {
  try {
    return readFileSync(resolve(dirname(file), path), 'utf8').trim();
  } catch (error) {
    throw new PersonaError(`personas.${id}.instructions_file: ${(error as Error).message}`);
  }
}

function modelOf(id: string, name: string, models: readonly Model[]): Model {
  const found = models.find((model) => model.id === name.trim());
  if (!found) throw new PersonaError(`personas.${id}.models: "${name}" could not be set up`);
  return found;
}

/** Fills in what the instructions leave open, for a turn that answers this message. */
export function instructionsFor(persona: Persona, asker: InboundMessage, now = new Date()): string {
  const { platform, conversation } = asker.to;
  const day = now.toISOString();
  const values: Record<string, string> = {
    name: persona.name,
    date: day.slice(0, 10),
    time: `${day.slice(11, 16)} UTC`,
    channel: asker.channel ?? conversation,
    workspace: asker.workspace ?? '',
    person: asker.author.name ?? 'the person who asks',
    platform,
  };
  // `{name}` is how `assistant.instructions` has been written from the beginning.
  const text = persona.instructions.replace(
    /\{\{\s*(\w+)\s*\}\}|\{(name)\}/g,
    (whole, word?: string, name?: string) => {
      const wanted = word ?? name ?? '';
      return Object.hasOwn(values, wanted) ? (values[wanted] as string) : whole;
    },
  );
  return persona.language ? `${text}\n\nAnswer in ${persona.language}, whatever language is asked in.` : text;
}
