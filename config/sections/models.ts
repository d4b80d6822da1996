/** Which models are asked, how long, and for how much: sections of the YAML file. */
import { z } from 'zod';
import { duration } from '../../src/settings/fields.ts';
import { beginning } from './places.ts';

/** Shown to operators, so that no secret may stand in it. */
const modelHostUrl = z
  .string()
  .refine((text) => {
    if (!/^https?:\/\/[^/]/.test(text) || !URL.canParse(text)) return false;
    const { username, password, search, hash } = new URL(text);
    return `${username}${password}${search}${hash}` === '';
  })
  .meta({
    description:
      'an address that starts with https:// or http://, up to and with /v1, without a user, a key or a "?" in it',
  })
  .transform((text) => text.replace(/\/+$/, ''));

export const modelSections = {
  models: z
    .strictObject({
      first_token_timeout: duration('100ms', '1h').prefault('30s').meta({
        meaning: 'How long to wait for the first word before the next model of `MODEL` is asked',
      }),
      between_tokens_timeout: duration('100ms', '1h').prefault('20s').meta({
        meaning: 'How long an answer may pause',
      }),
      total_timeout: duration('1s', '1d').prefault('5m').meta({ meaning: 'How long an answer may take in all' }),
      retries: z.number().int().min(0).max(5).default(1).meta({
        meaning: 'How often a model that is busy or cannot be reached is asked again',
      }),
      hedge_after: duration('10ms', '1h').optional().meta({
        meaning:
          'After this long without a first word the next model of `MODEL` is asked as well, such as `3s`; the faster one answers, both are paid for ([models.md](models.md#when-a-model-is-slow))',
        unset: 'never',
      }),
      context_tokens: z.number().int().min(512).max(10_000_000).optional().meta({
        meaning: 'Tokens that prompt and answer share, for `openai:` models whose server does not tell',
        unset: '4096 at Ollama, else 8192',
      }),
      prices: z
        .record(
          z.string().min(1).max(200),
          z.strictObject({ input: z.number().min(0).max(10_000), output: z.number().min(0).max(10_000) }),
        )
        .default({})
        .meta({
          meaning:
            'What models cost where Chasqui does not know it, or you pay something else: US dollars for a million tokens, by model as in `MODEL`, such as `"openai:our-model": { input: 0.5, output: 1 }`. Goes before the list prices that Chasqui knows',
        }),
    })
    .prefault({}),
  /** Reserved before each call, so that no number of processes spends more than one call beyond it. */
  budgets: z
    .array(
      z
        .strictObject({
          for: z
            .union([z.enum(['everyone', 'workspace', 'person']), z.string().regex(/^model:.+:.+$/)])
            .meta({ description: 'everyone, workspace, person, or model: and a model as in MODEL' }),
          /** Only for conversations whose ids begin so. */
          where: beginning.optional(),
          per: z.enum(['day', 'month']),
          usd: z.number().min(0).max(10_000_000).optional(),
          tokens: z.number().int().min(0).max(1e12).optional(),
          then: z.enum(['stop', 'cheaper']),
        })
        .refine(({ usd, tokens }) => usd !== undefined || tokens !== undefined)
        .meta({ description: 'for, per, then, and usd, tokens or both' }),
    )
    .max(100)
    .default([])
    .meta({
      meaning:
        'What calls of models may cost: a list of `{ for, where, per, usd, tokens, then }`. "for" is everyone, workspace, person or "model:" and a model as in `MODEL`; "where" the beginning of a conversation’s id; "per" day or month (UTC); "then" stop, or cheaper, which answers with the cheapest model of the chain. See [money.md](money.md)',
    }),
  hosts: z
    .record(
      z.string(),
      z.strictObject({
        url: modelHostUrl,
        /** The variable that holds the host's key; without it none is sent. */
        key_env: z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/)
          .meta({ description: "a variable's name, such as ALPHA_KEY; the key itself goes into .env" })
          .optional(),
      }),
    )
    .default({})
    .meta({
      meaning:
        'OpenAI-compatible hosts beside `OPENAI_BASE_URL`: `{ alpha: { url: https://llm.example.com/v1, key_env: ALPHA_KEY } }` makes `alpha:<model>` a model for `MODEL` and `models.prices`. The key is in the variable that `key_env` names, and is masked everywhere; without `key_env` none is sent',
    }),
};
