/**
 * One message at a time into WhatsApp, and only once: what was asked for before is not sent again, and after a lost result
 * the chat's own messages are looked through first. All posts pass here, whichever process asks.
 */
import { SendError } from '../../../src/contract/index.ts';
import { BoundedMap } from '../../kit/bounded-map.ts';
import { createInFlight } from '../../kit/in-flight.ts';
import type { SentMessages } from '../../whatsapp/sent-messages.ts';
import type { Device, Found } from '../device.ts';
import type { PostRequest } from '../rpc/rpc.ts';

/** How long an ack is waited for. Without one (no connection) WhatsApp keeps the message and sends it later. */
const ACK_PATIENCE_MS = 10_000;
const MAX_KEPT = 2_000;
const REFUSED = -1;
const AT_SERVER = 1;

export type Posts = ReturnType<typeof createPosts>;

/** @param deps.onRefusedLate called with a message that counted as sent, and was refused afterwards */
export function createPosts(deps: {
  sentMessages: SentMessages;
  onRefusedLate(id: string): void;
  ackPatienceMs?: number;
}) {
  const { sentMessages, ackPatienceMs = ACK_PATIENCE_MS } = deps;
  /** By chat, turn and part: posts that succeeded or are under way. */
  const done = new BoundedMap<string, Promise<{ id: string; text: string }>>({ max: MAX_KEPT });
  const underWay = createInFlight();
  const acks = new BoundedMap<string, number>({ max: MAX_KEPT });
  /** Refused while their post waited: it failed, and is tried again. */
  const refused = new BoundedMap<string, true>({ max: MAX_KEPT });
  const waiting = new Map<string, (ack: number) => void>();

  function ackOf(id: string): Promise<number | undefined> {
    const known = acks.get(id);
    if (known !== undefined && known !== 0) return Promise.resolve(known);
    return new Promise((resolve) => {
      const end = (ack?: number): void => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(ack);
      };
      const timer = setTimeout(() => end(), ackPatienceMs);
      waiting.set(id, end);
    });
  }

  async function find(device: Device, request: PostRequest): Promise<Found | undefined> {
    for (const { id, text } of await device.ownSince(request.chat, request.since)) {
      if (request.known.includes(id) || !isIt(request, text)) continue;
      const turn = await sentMessages.turnOf(id);
      if (turn === null || turn === request.turn) return { id, text };
    }
    return undefined;
  }

  async function post(device: Device, request: PostRequest): Promise<{ id: string; text: string }> {
    const found = request.doubt ? await find(device, request) : undefined;
    if (found) {
      sentMessages.noteOurs(found.id, request.turn);
      return found;
    }
    const id = await device.send(request);
    sentMessages.noteOurs(id, request.turn);
    // An ack may be lost in a reload; then the message itself tells. Where the page does not answer
    // either, it counts as sent: a retry would find it in the chat, or send it twice.
    const ack = (await ackOf(id)) ?? (await device.ackOf(id).catch(() => undefined));
    if (ack === REFUSED) {
      refused.set(id, true);
      throw new SendError('unavailable', 'refused', 'WhatsApp refused a message; it was not sent');
    }
    return { id, text: request.text };
  }

  /** Whose post is under way is told by that: its id may not even be known here yet. */
  async function refusedLate(id: string): Promise<void> {
    await underWay.settle();
    if (!refused.has(id)) deps.onRefusedLate(id);
  }

  return {
    post(device: Device, request: PostRequest): Promise<{ id: string; text: string }> {
      const key = `${request.chat}:${request.turn}:${request.part}`;
      const before = done.get(key);
      if (before) return before;
      const result = underWay.add(post(device, request));
      done.set(key, result);
      result.catch(() => done.delete(key));
      return result;
    },
    /** An ack came: −1 refused, 0 not sent yet, 1 at the server, 2 at the phone, 3 read. */
    acked(id: string, ack: number): void {
      acks.set(id, ack);
      const waits = waiting.get(id);
      if (ack === REFUSED && !waits) void refusedLate(id);
      else if (ack === REFUSED || ack >= AT_SERVER) waits?.(ack);
    },
  };
}

/** WhatsApp takes space from the ends. */
function isIt({ accepts, partly }: PostRequest, text: string): boolean {
  if (accepts.some((wanted) => wanted.trim() === text.trim())) return true;
  const start = words(text);
  return partly && start !== '' && accepts.some((wanted) => words(wanted).startsWith(start));
}

/** Marks that are open in a growing text are closed for the moment; words stay. */
function words(text: string): string {
  return text.replace(/[^\p{L}\p{N}]/gu, '');
}
