import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

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
}

export type Metrics = ReturnType<typeof createMetrics>;

/** What operators watch, in Prometheus's words; served at `/metrics`. `docs/operations.md` explains each. */
export function createMetrics() {
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
  const modelErrors = new Counter({
    name: 'chasqui_model_errors_total',
    help: "Failed model calls by kind and the host's own code",
    labelNames: ['model', 'kind', 'code'],
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
    help: 'Conversations that waited without a job and were found by the sweeper',
    registers,
  });
  const judgements = new Counter({
    name: 'chasqui_feedback_total',
    help: "People's judgements of answers",
    labelNames: ['platform', 'value'],
    registers,
  });

  return {
    registry,
    messageIn: (platform: string, result: string) => messages.inc({ platform, result }),
    turn(measure: TurnMeasure) {
      const { platform, outcome, model } = measure;
      turns.inc({ platform, outcome, model });
      waiting.observe({ platform }, measure.waitingMs / 1_000);
      total.observe({ platform }, measure.totalMs / 1_000);
      if (measure.firstTokenMs !== undefined) firstToken.observe({ model }, measure.firstTokenMs / 1_000);
      if (measure.inputTokens) tokens.inc({ model, direction: 'in' }, measure.inputTokens);
      if (measure.outputTokens) tokens.inc({ model, direction: 'out' }, measure.outputTokens);
    },
    modelError: (model: string, kind: string, code: string) => modelErrors.inc({ model, kind, code }),
    platformError: (platform: string, method: string, code: string) => platformErrors.inc({ platform, method, code }),
    limited: (platform: string) => limited.inc({ platform }),
    recovered: (count: number) => recovered.inc(count),
    feedback: (platform: string, value: string) => judgements.inc({ platform, value }),

    /** How the platforms of this process's receivers are, asked for when `/metrics` is read. */
    watchReceivers(statuses: () => { platform: string; connected: boolean; state?: string }[]) {
      new Gauge({
        name: 'chasqui_receiver_connected',
        help: 'Whether this process hears the platform: 1 or 0',
        labelNames: ['platform'],
        registers,
        collect() {
          for (const { platform, connected } of statuses()) this.set({ platform }, Number(connected));
        },
      });
      new Gauge({
        name: 'chasqui_receiver_state',
        help: 'The state that a receiver is in: 1 for the one that it is in now',
        labelNames: ['platform', 'state'],
        registers,
        collect() {
          this.reset();
          for (const { platform, connected, state = connected ? 'connected' : 'away' } of statuses())
            this.set({ platform, state }, 1);
        },
      });
    },

    /** The queue's depth is asked for when `/metrics` is read. */
    watchQueue(
      depth: () => Promise<{ waiting: number; active: number; delayed: number; failed: number; oldestMs: number }>,
    ) {
      // Each gauge collects for itself, and they do so at once: one question serves both.
      let asked: ReturnType<typeof depth> | undefined;
      const ask = (): ReturnType<typeof depth> => {
        asked ??= depth().finally(() => {
          asked = undefined;
        });
        return asked;
      };
      new Gauge({
        name: 'chasqui_queue_oldest_seconds',
        help: 'Age of the oldest waiting turn',
        registers,
        async collect() {
          this.set((await ask()).oldestMs / 1_000);
        },
      });
      new Gauge({
        name: 'chasqui_queue_jobs',
        help: 'Jobs of the turn queue by state',
        labelNames: ['state'],
        registers,
        async collect() {
          const { oldestMs: _, ...states } = await ask();
          for (const [state, count] of Object.entries(states)) this.set({ state }, count);
        },
      });
    },
  };
}
