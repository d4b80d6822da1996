import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
/** Codes are chosen by others, who may put anything into them; each new one is a series that Prometheus keeps. */
const MOST_CODES = 50;

export interface TurnMeasure {
  platform: string;
  outcome: string;
  model: string;
  /** Milliseconds. `firstTokenMs` is absent when no token came. */
  waitingMs: number;
  firstTokenMs?: number;
  totalMs: number;
  inputTokens?: number;
  outputTokens?: number;
  /** Absent when the model's price is not known. */
  usd?: number;
  /** What the platform takes for the messages, US dollars. */
  feesUsd?: number;
}

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * What operators watch, in Prometheus's words; served at `/metrics`. `docs/operations.md` explains each. These are counted
 * where they happen; what is asked for at each reading is in `gauges.ts`.
 */
export function createMetrics(mask: (text: string) => string = (text) => text) {
  const codeOf = (code: string): string => safeCode(mask(code));
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'chasqui_' });

  const messages = new Counter({
    name: 'chasqui_messages_in_total',
    help: 'Messages that receivers handed in, by what became of them',
    labelNames: ['platform', 'result'],
    registers,
  });
  const turns = new Counter({
    name: 'chasqui_turns_total',
    help: 'Finished turns by outcome',
    labelNames: ['platform', 'outcome', 'model'],
    registers,
  });
  const waiting = new Histogram({
    name: 'chasqui_turn_waiting_seconds',
    help: 'From ingest of the oldest message to the start of its turn',
    labelNames: ['platform'],
    buckets: SECONDS,
    registers,
  });
  const firstToken = new Histogram({
    name: 'chasqui_model_first_token_seconds',
    help: "From the model's call to its first text",
    labelNames: ['model'],
    buckets: SECONDS,
    registers,
  });
  const total = new Histogram({
    name: 'chasqui_turn_total_seconds',
    help: 'From ingest of the oldest message to the delivered reply',
    labelNames: ['platform'],
    buckets: SECONDS,
    registers,
  });
  const tokens = new Counter({
    name: 'chasqui_tokens_total',
    help: 'Tokens as the model hosts count them',
    labelNames: ['model', 'direction'],
    registers,
  });
  const cost = new Counter({
    name: 'chasqui_cost_usd_total',
    help: 'US dollars by the price list, for the models whose price is known',
    labelNames: ['model'],
    registers,
  });
  const fees = new Counter({
    name: 'chasqui_message_fees_usd_total',
    help: 'US dollars that a platform takes for messages, at the price that is set',
    labelNames: ['platform'],
    registers,
  });
  const modelCalls = new Counter({
    name: 'chasqui_model_calls_total',
    help: 'Calls of models, those that failed included',
    labelNames: ['model'],
    registers,
  });
  const modelErrors = new Counter({
    name: 'chasqui_model_errors_total',
    help: "Failed model calls by kind and the host's own code",
    labelNames: ['model', 'kind', 'code'],
    registers,
  });
  const daysLeft = new Gauge({
    name: 'chasqui_model_days_left',
    help: 'Days until a model ends, where config/models.yaml tells; negative: it has ended',
    labelNames: ['model'],
    registers,
  });
  const platformErrors = new Counter({
    name: 'chasqui_platform_errors_total',
    help: 'Calls that a platform refused, by its own code',
    labelNames: ['platform', 'method', 'code'],
    registers,
  });
  const limited = new Counter({
    name: 'chasqui_messages_limited_total',
    help: 'Messages beyond what a person, a conversation or a workspace may ask',
    labelNames: ['platform'],
    registers,
  });
  const recovered = new Counter({
    name: 'chasqui_conversations_recovered_total',
    help: 'Conversations that waited without a job and were found by the keeper',
    registers,
  });
  const judgements = new Counter({
    name: 'chasqui_feedback_total',
    help: "People's judgements of answers",
    labelNames: ['platform', 'value'],
    registers,
  });

  const modelCode = atMost(MOST_CODES);
  const platformCode = atMost(MOST_CODES);

  return {
    registry,
    daysLeft: (model: string, days: number) => daysLeft.set({ model }, days),
    messageIn: (platform: string, result: string) => messages.inc({ platform, result }),
    turn(measure: TurnMeasure) {
      const { platform, outcome, model } = measure;
      turns.inc({ platform, outcome, model });
      waiting.observe({ platform }, measure.waitingMs / 1_000);
      total.observe({ platform }, measure.totalMs / 1_000);
      if (measure.firstTokenMs !== undefined) firstToken.observe({ model }, measure.firstTokenMs / 1_000);
      if (measure.inputTokens) tokens.inc({ model, direction: 'in' }, measure.inputTokens);
      if (measure.outputTokens) tokens.inc({ model, direction: 'out' }, measure.outputTokens);
      if (measure.usd) cost.inc({ model }, measure.usd);
      if (measure.feesUsd) fees.inc({ platform }, measure.feesUsd);
    },
    modelCall: (model: string) => modelCalls.inc({ model }),
    modelError: (model: string, kind: string, code: string) =>
      modelErrors.inc({ model, kind, code: modelCode(codeOf(code)) }),
    platformError: (platform: string, method: string, code: string) =>
      platformErrors.inc({ platform, method, code: platformCode(codeOf(code)) }),
    limited: (platform: string) => limited.inc({ platform }),
    recovered: (count: number) => recovered.inc(count),
    feedback: (platform: string, value: string) => judgements.inc({ platform, value }),
  };
}

/**
 * Another's error code as a label, or as part of a key: a short word, else `other`. A host may put a token or a page of HTML
 * in its place.
 */
export function safeCode(code: unknown): string {
  return typeof code === 'string' && /^[\w.-]{1,40}$/.test(code) ? code : 'other';
}

/** The first values stay themselves, and all later ones are one. */
function atMost(most: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.size < most) known.add(value);
    return known.has(value) ? value : 'other';
  };
}
