/**
 * The sessions of the gateway: what IDENTIFY and RESUME are answered with, and the events that a session is owed.
 * Rules: "Gateway" (identifying, resuming, intents, sharding), "Opcodes and Status Codes" (gateway close codes).
 * Assumed: a session keeps its last 5,000 unacknowledged events; one that cannot be resumed is answered with
 * Invalid Session, not with a close code.
 */
import type { WebSocket } from 'ws';
import { wireUser } from './wire.ts';
import type { Workspace } from './workspace.ts';

export const Intent = {
  guilds: 1 << 0,
  guildMembers: 1 << 1,
  guildPresences: 1 << 8,
  guildMessages: 1 << 9,
  guildReactions: 1 << 10,
  guildTyping: 1 << 11,
  directMessages: 1 << 12,
  directReactions: 1 << 13,
  directTyping: 1 << 14,
  messageContent: 1 << 15,
} as const;

/** Bits 0 to 16, 20, 21, 24 and 25 (Gateway: list of intents). */
const KNOWN_INTENTS = ((1 << 17) - 1) | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);
const MOST_KEPT = 5_000;

export interface Session {
  id: string;
  intents: number;
  shard: [number, number];
  /** Number of its newest event. */
  seq: number;
  /** Number of the last event that went out on a wire. */
  sent: number;
  kept: { seq: number; text: string }[];
  socket: WebSocket | undefined;
  /** ms since the epoch at which its connection was lost; 0: it has one. */
  lostAt: number;
}

/** An event for the app: the intents of which one is needed (0: none), its guild, and its payload for a session. */
export interface Dispatch {
  t: string;
  intent: number;
  guild: string | undefined;
  data(session: Session): unknown;
}

/** An IDENTIFY that was taken. */
export interface Identified {
  intents: number;
  shard: [number, number];
  presence: unknown;
  /** ms since the epoch */
  at: number;
}

/** Instead of a session: a close code with its words, or Invalid Session. */
export type Refused = { close: number; reason: string } | { invalid: true };

type Payload = Record<string, unknown>;

const takes = (shard: [number, number], guild: string | undefined) =>
  guild === undefined ? shard[0] === 0 : Number((BigInt(guild) >> 22n) % BigInt(shard[1])) === shard[0];

/** Builds the sessions. `token` is the bot's; `guildsOf` makes the GUILD_CREATE payloads. */
export function createSessions(parts: {
  ws: Workspace;
  token: string;
  guildsOf(): { id: string; data: unknown }[];
  applicationFlags(): number;
}) {
  const { ws, token } = parts;
  const { settings } = ws;
  const sessions = new Map<string, Session>();
  const identified: Identified[] = [];
  let resumed = 0;
  let holding = false;

  /** Sends what the session is owed. */
  function flush(session: Session): void {
    const { socket, kept } = session;
    if (!socket || holding) return;
    for (let i = Math.max(0, kept.length - (session.seq - session.sent)); i < kept.length; i += 1)
      socket.send(kept[i]?.text ?? '');
    session.sent = session.seq;
  }

  /** Puts an event into the session and, unless held, on its wire. */
  function push(session: Session, t: string, d: unknown): void {
    session.seq += 1;
    session.kept.push({ seq: session.seq, text: JSON.stringify({ op: 0, t, s: session.seq, d }) });
    if (session.kept.length > MOST_KEPT) session.kept.shift();
    flush(session);
  }

  /** Why these intents are refused. */
  function refusedIntents(intents: unknown): Refused | undefined {
    if (typeof intents !== 'number' || !Number.isInteger(intents) || intents & ~KNOWN_INTENTS)
      return { close: 4013, reason: 'Invalid intent(s).' };
    const privileged =
      (intents & Intent.messageContent && !settings.privileged.includes('message_content')) ||
      (intents & Intent.guildMembers && !settings.privileged.includes('guild_members')) ||
      (intents & Intent.guildPresences && !settings.privileged.includes('presence'));
    return privileged ? { close: 4014, reason: 'Disallowed intent(s).' } : undefined;
  }

  const authenticates = (d: Payload) => d?.token === token && !settings.revoked;

  function ready(session: Session): void {
    const guilds = parts.guildsOf().filter((guild) => takes(session.shard, guild.id));
    push(session, 'READY', {
      v: 10,
      user: { ...wireUser(ws.bot), verified: true, mfa_enabled: false, email: null, flags: 0 },
      guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
      private_channels: [],
      session_id: session.id,
      resume_gateway_url: `${ws.place.origin.replace('http', 'ws')}/resume`,
      shard: session.shard,
      application: { id: ws.applicationId, flags: parts.applicationFlags() },
    });
    if (session.intents & Intent.guilds) for (const { data } of guilds) push(session, 'GUILD_CREATE', data);
  }

  return {
    identified,
    get resumed(): number {
      return resumed;
    },
    live: () => [...sessions.values()].filter((session) => session.socket),
    /** Gives an event to every session that wants it; true if one did. */
    dispatch(event: Dispatch): boolean {
      let any = false;
      for (const session of sessions.values()) {
        if (!takes(session.shard, event.guild)) continue;
        if (event.intent !== 0 && (session.intents & event.intent) === 0) continue;
        push(session, event.t, event.data(session));
        any = true;
      }
      return any;
    },
    identify(socket: WebSocket, d: Payload): Session | Refused {
      if (!authenticates(d)) return { close: 4004, reason: 'Authentication failed.' };
      if (typeof d.properties !== 'object') return { close: 4002, reason: 'Error while decoding payload.' };
      const refused = refusedIntents(d.intents);
      if (refused) return refused;
      const shard = (d.shard ?? [0, 1]) as [number, number];
      if (!Array.isArray(shard) || !(shard[0] < shard[1])) return { close: 4010, reason: 'Invalid shard.' };
      const session: Session = {
        id: `${ws.nextId()}${'0'.repeat(13)}`,
        intents: d.intents as number,
        shard,
        seq: 0,
        sent: 0,
        kept: [],
        socket,
        lostAt: 0,
      };
      sessions.set(session.id, session);
      identified.push({ intents: session.intents, shard, presence: d.presence, at: Date.now() });
      ready(session);
      return session;
    },
    /** Replays what was missed, then says RESUMED. */
    resume(socket: WebSocket, d: Payload): Session | Refused {
      if (!authenticates(d)) return { close: 4004, reason: 'Authentication failed.' };
      const session = sessions.get(String(d.session_id));
      const seq = Number(d.seq);
      if (!session) return { invalid: true };
      const tooOld = session.lostAt > 0 && Date.now() - session.lostAt > settings.sessionTtlMs;
      const oldest = session.kept[0]?.seq ?? session.seq + 1;
      if (tooOld || seq < oldest - 1) {
        sessions.delete(session.id);
        return { invalid: true };
      }
      if (!(seq <= session.seq)) return { close: 4007, reason: 'Invalid seq.' };
      if (session.socket && session.socket !== socket) session.socket.terminate();
      Object.assign(session, { socket, lostAt: 0, sent: seq });
      resumed += 1;
      flush(session);
      push(session, 'RESUMED', { _trace: [] });
      return session;
    },
    /** The app has everything up to this event: older ones need no keeping. */
    acknowledge(session: Session, seq: number): void {
      const first = session.kept.findIndex((event) => event.seq > seq);
      session.kept.splice(0, first < 0 ? session.kept.length : first);
    },
    /** The session's connection ended. After the app's goodbye (1000, 1001) it is over (Gateway: disconnecting). */
    disconnect(session: Session, socket: WebSocket, code: number): void {
      if (session.socket !== socket) return;
      Object.assign(session, { socket: undefined, lostAt: Date.now() });
      if (code === 1000 || code === 1001) sessions.delete(session.id);
    },
    forget: (session: Session) => sessions.delete(session.id),
    forgetAll(shard?: number): void {
      for (const [id, session] of sessions) if (shard === undefined || session.shard[0] === shard) sessions.delete(id);
    },
    hold(on: boolean): void {
      holding = on;
      for (const session of sessions.values()) flush(session);
    },
  };
}
