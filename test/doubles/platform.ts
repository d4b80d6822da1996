/**
 * A chat platform in memory, behind the adapter contract: for tests of the path of a message that are about no platform
 * in particular. It is strict where platforms are: an edit of an unknown message fails, calls of one draft must not overlap.
 */
import type { Adapter, Address, Draft, InboundMessage, Reply, SendError, Sender } from '../../src/contract/index.ts';
import { createRecord } from '../support/gate.ts';

export interface Visible {
  id: string;
  key: string;
  text: string;
  /** Every text it ever showed. */
  versions: string[];
  reply?: Reply;
}

export function createTestPlatform(options: { streaming?: 'edit' | 'none'; name?: string } = {}) {
  const platform = options.name ?? 'test';
  const messages = new Map<string, Visible[]>();
  const finished = createRecord<{ conversation: string; text: string; reply: Reply }>();
  const shown = createRecord<string>();
  /** What the next calls of `finish` throw; `applied`: after having done it, as when an answer is lost. */
  const faults: { error: SendError; applied: boolean }[] = [];
  /** What the place shows before the first turn's own messages and no event has brought. */
  const missed: InboundMessage[] = [];
  /** What `finish` refuses, by the reply. */
  let refuses: (reply: Reply) => SendError | undefined = () => undefined;
  const waits = createRecord<number>();
  const busy = new Set<string>();
  let posts = 0;

  async function alone<T>(draft: Draft, run: () => T): Promise<T> {
    if (busy.has(draft.key)) throw new Error('two calls for one draft at once');
    busy.add(draft.key);
    await new Promise((resolve) => setImmediate(resolve));
    busy.delete(draft.key);
    return run();
  }

  function put(draft: Draft, text: string, reply?: Reply): string {
    const list = messages.get(draft.to.conversation) ?? [];
    messages.set(draft.to.conversation, list);
    const known = list.find((message) =>
      draft.unverified ? message.key === draft.key : message.id === draft.messages[0],
    );
    if (!known && draft.messages.length > 0) throw new Error(`edit of an unknown message ${draft.messages[0]}`);
    const message = known ?? { id: `m${++posts}`, key: draft.key, text: '', versions: [] };
    if (!known) list.push(message);
    message.text = text;
    message.versions.push(text);
    if (reply) message.reply = reply;
    return message.id;
  }

  const sender: Sender = {
    capabilities: {
      streaming: options.streaming ?? 'edit',
      updateEveryMs: 5,
      firstUpdateAfterMs: 0,
    },
    begin: async (to, key) => ({ to, key, messages: [], unverified: false, state: {} }),
    update: (draft, text) =>
      alone(draft, () => {
        const next = { ...draft, messages: [put(draft, text)], unverified: false };
        shown.add(text);
        return next;
      }),
    finish: (draft, reply) =>
      alone(draft, () => {
        const refusal = refuses(reply);
        if (refusal) throw refusal;
        const fault = faults.shift();
        if (fault && !fault.applied) throw fault.error;
        const id = put(draft, reply.markdown, reply);
        if (fault) throw fault.error;
        finished.add({ conversation: draft.to.conversation, text: reply.markdown, reply });
        if (!draft.messages.includes(id)) draft.messages.push(id);
      }),
    async showWaiting(_draft, waitMs) {
      waits.add(waitMs);
    },
    enrich: async (inbound, { first }) => ({
      messages: inbound,
      earlier: [],
      missed: first ? missed.filter(({ id }) => !inbound.some((message) => message.id === id)) : [],
    }),
    download: async () => new Uint8Array(),
    close: async () => {},
  };

  const adapter: Adapter = {
    platform,
    receiver: () => ({
      start: async () => {},
      stop: async () => {},
      status: () => ({ connected: true, detail: 'in memory' }),
    }),
    sender: () => sender,
    check: async () => [],
  };

  let ids = 0;
  return {
    adapter,
    finished,
    shown,
    faults,
    missed,
    waits,
    refuse(judge: typeof refuses): void {
      refuses = judge;
    },
    visible: (place: string) => messages.get(`${platform}:${place}`) ?? [],
    texts: (place: string): string[] => (messages.get(`${platform}:${place}`) ?? []).map(({ text }) => text),
    address: (place: string): Address => ({ platform, conversation: `${platform}:${place}`, route: {} }),
    /** A message as this platform's receiver would hand it in. */
    says(place: string, text: string, more: Partial<InboundMessage> = {}): InboundMessage {
      return {
        v: 1,
        id: `${platform}-${++ids}`,
        author: { id: 'ana', name: 'Ana' },
        text,
        attachments: [],
        sentAt: Date.now(),
        to: this.address(place),
        ...more,
      };
    },
  };
}
