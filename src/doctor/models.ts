import { PROVIDERS } from '../../config/model-setting.ts';
import { type Model, ModelError, type ModelErrorKind } from '../models/model.ts';
import { endingOf, endingText } from '../models/radar.ts';
import { ROOMY, tightWindow } from '../models/window.ts';
import { type Finding, LIMIT_MS, type Probe, settle } from './doctor.ts';

/** How long a model may take to say two words, in ms. */
const ANSWER_MS = 20_000;
const MOST_TOKENS = 8;

const area = 'Model';

/** What an operator can do about each kind of error. */
const ADVICE: Record<ModelErrorKind, (provider: string) => string> = {
  busy: () => 'try again; a second model in MODEL (after a comma) answers in such moments',
  quota: () =>
    'wait until the allowance begins anew, or raise it with the host; a second model in MODEL helps meanwhile',
  auth: (provider) => `check ${credentials(provider)}`,
  unavailable: () => 'choose another model in MODEL',
  'too-long': () => 'its context is too small for two words: choose another model, or give its server a larger context',
  refused: () => "look at the host's own filter: it refused a harmless question",
  network: () => 'check the address, the network and the proxy; is the server running?',
  broken: () => "check the model's name in MODEL; does this host have it?",
};

/** Codes of models that are `unavailable` for a reason of their own. */
const ADVICE_BY_CODE: ReadonlyMap<string, string> = new Map([
  ['5028', 'Cloudflare has ended this model: choose another one in MODEL (docs/models.md names some)'],
  [
    'AccessDeniedException',
    'ask for access to this model (Bedrock console, "Model access", in the region of AWS_REGION), or choose another; the credentials are good',
  ],
  [
    '5035',
    "this model needs a paid Workers AI plan: change the account's plan, or choose another model; the token is good",
  ],
]);

function credentials(provider: string): string {
  if (provider === 'openai') return 'OPENAI_API_KEY in .env';
  if (provider === 'bedrock') {
    return "AWS_BEARER_TOKEN_BEDROCK, or the AWS keys, profile or role, and this machine's clock; they need the right to bedrock:InvokeModelWithResponseStream (docs/models.md)";
  }
  const settings = PROVIDERS[provider]?.join(' and ');
  return settings ? `${settings} in .env` : `the key that hosts.${provider}.key_env in the YAML file names`;
}

/**
 * Asks every model for two words.
 * @param create makes the models that are configured; its failure is what is found
 */
export function modelProbe(options: { create(): Promise<readonly Model[]>; answerMs?: number }): Probe {
  return {
    area,
    async run() {
      const models = await options.create();
      const each = models.map(async (model) => [
        ...(await settle(area, () => askModel(model, options.answerMs ?? ANSWER_MS), LIMIT_MS)),
        ...factsOf(model),
      ]);
      return (await Promise.all(each)).flat();
    },
  };
}

async function askModel(model: Model, answerMs: number): Promise<Finding[]> {
  const provider = model.id.slice(0, model.id.indexOf(':'));
  if (provider === 'offline') {
    return [
      { area, state: 'warning', detail: `${model.label} answers, which is no model`, advice: 'set MODEL in .env' },
    ];
  }
  const start = performance.now();
  let firstMs: number | undefined;
  const signal = AbortSignal.timeout(answerMs);
  try {
    const messages = [{ role: 'user' as const, content: 'Say OK' }];
    for await (const event of model.stream({ messages, maxOutputTokens: MOST_TOKENS, signal })) {
      if (event.type === 'text') firstMs ??= performance.now() - start;
    }
  } catch (error) {
    if (signal.aborted) return [silent(model, answerMs)];
    if (!(error instanceof ModelError)) throw error;
    const { kind, code, message } = error;
    const state = kind === 'busy' ? 'warning' : 'wrong';
    return [
      {
        area,
        state,
        detail: `${model.id}: ${kind}: ${message}`,
        advice: (kind === 'unavailable' && ADVICE_BY_CODE.get(code)) || ADVICE[kind](provider),
      },
    ];
  }
  const totalMs = performance.now() - start;
  const detail = `${model.id} (${model.label}, ${model.host}): first token after ${(firstMs ?? totalMs).toFixed(0)} ms`;
  const { window } = model;
  if (!window || window.tokens >= ROOMY) return [{ area, state: 'ok', detail }];
  return [
    { area, state: 'ok', detail },
    { area, state: 'warning', detail: `${model.id}: a window of ${window.tokens} tokens`, advice: tightWindow(window) },
  ];
}

/** What `config/models.yaml` tells of a model, and what an operator must know of it. */
function factsOf(model: Model): Finding[] {
  const { id, facts, price, licence, contextTokens } = model;
  if (!facts) return [];
  const known = (name: string, value: boolean | undefined): string =>
    value === undefined ? `${name}: unknown` : value ? name : `no ${name}`;
  const money = price
    ? `$${price.inputUsd} in, $${price.outputUsd} out for a million tokens (${[price.date, price.from].filter(Boolean).join(', ')})`
    : 'price: unknown';
  const trains = { true: 'the host trains on prompts', false: 'the host does not train on prompts' };
  const detail = [
    facts.contextTokens === undefined && !model.window ? 'context: unknown' : `${contextTokens} tokens`,
    known('pictures', facts.vision),
    known('tools', facts.tools),
    known('reasoning', facts.reasoning),
    money,
    `licence: ${licence}${facts.show ? ` (show “${facts.show}”)` : ''}`,
    facts.trainsOnPrompts === undefined ? 'trains on prompts: unknown' : trains[`${facts.trainsOnPrompts}`],
    facts.ends ? `ends: ${facts.ends}` : 'end: unknown',
  ].join('; ');
  const findings: Finding[] = [{ area, state: 'ok', detail: `${id}: ${detail}` }];
  if (facts.multimodal && facts.vision)
    findings.push({ area, state: 'ok', detail: `${id}: of its pictures: ${facts.multimodal}` });
  const ending = endingOf(model);
  if (ending)
    findings.push({
      area,
      state: 'warning',
      detail: endingText(model, ending),
      advice: 'choose its successor in MODEL (config/models.yaml lists models; docs/models.md says how to choose)',
    });
  return findings;
}

function silent(model: Model, answerMs: number): Finding {
  const detail = `${model.id}: did not finish two words within ${answerMs / 1_000} s`;
  return {
    area,
    state: 'wrong',
    detail,
    advice: 'is it still being loaded? Try again, or choose a faster model or host',
  };
}
