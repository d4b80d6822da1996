/**
 * The first impression: greeting and suggested prompts when a person opens the assistant.
 * Agents get `app_home_opened` with `tab: "messages"`; apps still on the older assistant view get
 * `assistant_thread_started` (docs.slack.dev, "Migrating to the Agent messaging experience").
 */
import type { App } from '@slack/bolt';
import type { Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import type { SlackClient } from '../client.ts';
import { neutralize } from '../render/render.ts';
import type { Surface } from '../route.ts';

/** A person is greeted once, and again after this long without a visit. */
const GREETED_FOR_S = 90 * 86_400;
/** Slack shows at most four (docs.slack.dev, "assistant.threads.setSuggestedPrompts"). */
const MOST_PROMPTS = 4;

export function listenToOpenings(
  app: App,
  deps: {
    client: SlackClient;
    store: Store;
    surface: Surface;
    assistant: { name: string; suggestions: readonly string[] };
    modelLabel: string;
    log: Logger;
  },
): void {
  const { client, store, surface, assistant, log } = deps;
  const prompts = assistant.suggestions.slice(0, MOST_PROMPTS).map((text) => ({ title: text, message: text }));
  const greeting = neutralize(
    `Hello! I am **${assistant.name}**, an assistant. My answers are written by ${deps.modelLabel} and can be wrong. Ask me anything, here or by mentioning me in a channel.`,
  );

  async function greet(channel: string, thread?: string): Promise<void> {
    await client.call('chat.postMessage', (client) =>
      client.chat.postMessage({
        channel,
        ...(thread ? { thread_ts: thread } : {}),
        text: `Hello! I am ${assistant.name}.`,
        blocks: [{ type: 'markdown', text: greeting }],
        metadata: { event_type: 'chasqui_note', event_payload: {} },
      }),
    );
  }

  /** Courtesies: what Slack refuses here is no reason to have the event delivered again. */
  async function suggest(channel: string, thread?: string): Promise<void> {
    if (prompts.length === 0) return;
    // With `thread_ts` the call silently fails for an agent (docs.slack.dev, same page).
    await client.call('assistant.threads.setSuggestedPrompts', (client) =>
      client.assistant.threads.setSuggestedPrompts({
        channel_id: channel,
        prompts,
        ...(thread ? { thread_ts: thread } : {}),
      }),
    );
  }

  async function politely(...steps: (() => Promise<void>)[]): Promise<void> {
    for (const step of steps) await step().catch((error) => log.warn({ err: error }, 'greeting'));
  }

  app.event('app_home_opened', async ({ event }) => {
    if (surface === 'assistant' || event.tab !== 'messages') return;
    const key = `greeted:${event.user}`;
    const known = (await store.get(key)) !== null;
    await store.set(key, '1', GREETED_FOR_S);
    const steps = [];
    if (!known) steps.push(() => greet(event.channel));
    if (surface === 'agent') steps.push(() => suggest(event.channel));
    await politely(...steps);
  });

  app.event('assistant_thread_started', async ({ event }) => {
    const { channel_id: channel, thread_ts: thread } = event.assistant_thread;
    await politely(
      () => greet(channel, thread),
      () => suggest(channel, thread),
    );
  });
}
