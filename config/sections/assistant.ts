/** How the assistant answers, and what it takes: sections of the YAML file. */
import { z } from 'zod';
import { duration } from '../../src/settings/fields.ts';

const followUps = z.enum(['queue', 'interrupt']);
const perMinute = z.number().int().min(0).max(1_000_000);

export const assistantSections = {
  assistant: z
    .strictObject({
      name: z
        .string()
        .min(1)
        .max(80)
        .default('Chasqui')
        .meta({ meaning: 'What it is called, in its greeting and on the web page' }),
      instructions: z
        .string()
        .max(20_000)
        .default(
          'You are {name}, a helpful assistant in a team chat. Answer briefly and truthfully, in the language of the person who asks, in Markdown. If you do not know something, say so.',
        )
        .meta({ meaning: 'What the model is told before every conversation; `{name}` stands for the name above' }),
      suggestions: z
        .array(z.string().min(1).max(200))
        .max(4)
        .default(['What can you do?', 'Summarise a text for me', 'Help me write a message'])
        .meta({ meaning: 'Up to four prompts that a new conversation suggests' }),
      max_answer_tokens: z.number().int().min(16).max(32_000).default(1_024).meta({
        meaning: 'Most tokens in one answer; a token is about three quarters of an English word',
      }),
      temperature: z.number().min(0).max(2).optional().meta({
        meaning: 'From 0 (always the most likely word) to 2 (wild)',
        unset: 'the model’s own',
      }),
    })
    .prefault({}),
  conversation: z
    .strictObject({
      keep: duration('1m', '3650d').prefault('30d').meta({
        meaning: 'How long a conversation is kept after its last message; then its history is deleted',
      }),
      history_tokens: z.number().int().min(0).max(1_000_000).default(6_000).meta({
        meaning:
          'How much of the conversation so far goes to the model with each question, in tokens. Oldest turns are left out first',
      }),
      max_message_chars: z.number().int().min(100).max(1_000_000).default(32_000).meta({
        meaning: 'Longer messages are cut before they reach the model',
      }),
      max_file_chars: z.number().int().min(0).max(1_000_000).default(40_000).meta({
        meaning: 'How much of an attached text file is read, in characters',
      }),
      max_waiting: z.number().int().min(1).max(10_000).default(200).meta({
        meaning:
          'Most messages that may wait in one conversation; when it is full, the platform is asked to deliver again later',
      }),
      max_reply_messages: z.number().int().min(1).max(50).default(8).meta({
        meaning: 'Most platform messages for one answer; the rest goes as a file, or a line says that it was cut',
      }),
      answer_bots: z.boolean().default(false).meta({
        meaning: 'Whether to answer other bots. Two bots that answer each other do not stop by themselves',
      }),
      follow_ups: followUps.default('queue').meta({
        meaning:
          'A message that comes while an answer is written: `queue` answers it next, `interrupt` ends the answer where it is, and the next one sees both',
      }),
      follow_ups_in: z
        .record(z.string().regex(/^[\w.:@+-]{1,200}$/), followUps)
        .default({})
        .meta({
          meaning:
            'The same for single places, such as `{ discord: interrupt, "slack:T0123:C0456": queue }`: by a platform’s name, or the beginning of a conversation’s id; the longest that fits counts',
        }),
    })
    .prefault({}),
  limits: z
    .strictObject({
      person_per_minute: perMinute.default(30).meta({
        meaning:
          'Messages a minute of one person that are answered; 0: no limit. Over it, one reply says when to write again',
      }),
      conversation_per_minute: perMinute.default(60).meta({ meaning: 'The same for a conversation' }),
      workspace_per_minute: perMinute
        .default(3_000)
        .meta({ meaning: 'The same for a Slack workspace or a Discord guild' }),
      fair_share_per_minute: perMinute.default(300).meta({
        meaning:
          'A workspace (or a person outside of one) that asks more than this in a minute waits behind the others while it does; 0: first come, first served',
      }),
      busy_after: duration('1s', '1h').prefault('20s').meta({
        meaning: 'After this long in line, a person gets one notice that it takes longer',
      }),
    })
    .prefault({}),
  catch_up: z
    .strictObject({
      max_age: duration('0s', '7d').prefault('6h').meta({
        meaning: 'After an outage, messages that are older are no longer answered',
      }),
      max_messages: z.number().int().min(0).max(10_000).default(200).meta({
        meaning: 'Most messages that are fetched after an outage, for each platform',
      }),
    })
    .prefault({}),
  dead_letters: z
    .strictObject({
      keep: duration('1m', '90d').prefault('7d').meta({
        meaning: 'How long a turn that failed for good is kept, so that an operator can have it answered again',
      }),
      most: z.number().int().min(1).max(100_000).default(1_000).meta({ meaning: 'How many of them at most' }),
    })
    .prefault({}),
};
