/** Who answers where, and whom: sections of the YAML file. */
import { z } from 'zod';

/** A platform's name, or the beginning of a conversation's id. */
export const beginning = z
  .string()
  .regex(/^[\w.:@+-]{1,200}$/)
  .meta({ description: 'a platform, or the beginning of a conversation’s id, such as slack:T0123:C0456' });

const personaName = z
  .string()
  .regex(/^[a-z0-9][\w-]{0,39}$/i)
  .meta({ description: 'a name of letters, digits, - and _' });

const persona = z.strictObject({
  /** What it is called; without it the assistant's name. */
  name: z.string().min(1).max(80).optional(),
  instructions: z.string().max(20_000).optional(),
  /** Read in place of `instructions`, relative to the configuration's folder. */
  instructions_file: z.string().min(1).max(500).optional(),
  /** A chain of models as in MODEL; without it MODEL's. */
  models: z.array(z.string().min(1).max(200)).min(1).max(10).optional(),
  temperature: z.number().min(0).max(2).optional(),
  max_answer_tokens: z.number().int().min(16).max(32_000).optional(),
  /** The language of its answers, in words: German, pt-BR. */
  language: z.string().min(2).max(40).optional(),
  suggestions: z.array(z.string().min(1).max(200)).max(4).optional(),
  /** What stands below each answer: nothing, the model, or model, host, licence and what becomes of the words. */
  footer: z.enum(['none', 'model', 'full']).optional(),
});

const place = z
  .strictObject({
    where: beginning,
    persona: personaName.optional(),
    /** Ids of people, Slack user groups, Discord roles, WhatsApp numbers; empty: everybody. */
    allow: z.array(z.string().min(1).max(100)).max(1_000).optional(),
    deny: z.array(z.string().min(1).max(100)).max(1_000).optional(),
    when_denied: z.enum(['say', 'ignore']).optional(),
    /** Strangers get a code, with which an operator admits them. */
    pairing: z.boolean().optional(),
    /** The commands that may be used here; absent: all. */
    commands: z.array(z.string().min(1).max(30)).max(20).optional(),
  })
  .meta({ description: 'where, and persona, allow, deny, when_denied, pairing or commands' });

export const placeSections = {
  personas: z.record(personaName, persona).default({}).meta({
    meaning:
      'Other instructions, models and footers for other places, by name: see [personas.md](personas.md). The persona "default" stands for the section `assistant`, whose settings hold where a persona has none',
  }),
  places: z.array(place).max(500).default([]).meta({
    meaning:
      'Who answers where, and whom: a list of `{ where, persona, allow, deny, when_denied, pairing, commands }`. "where" is the beginning of a conversation’s id; the longest that fits counts. See [personas.md](personas.md)',
  }),
};
