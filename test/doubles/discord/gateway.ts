/**
 * The gateway's connections. Rules: "Gateway" (connecting, HELLO, heartbeats, rate limiting: 120 messages in 60 s, 4,096
 * bytes each), "Opcodes and Status Codes" (opcodes and close codes).
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { createSessions, type Dispatch, type Refused, type Session } from './sessions.ts';

interface Frame {
  op: number;
  d: unknown;
}

/** Presence, voice state, guild members, soundboard sounds: taken and not answered. */
const SILENT = [3, 4, 8, 31];
const PATHS = ['/gateway', '/gateway/', '/resume', '/resume/'];

export type Gateway = ReturnType<typeof createGateway>;

/** Builds the gateway; see createSessions for its parts. `onChange` hears of connections and sessions. */
export function createGateway(parts: Parameters<typeof createSessions>[0] & { onChange(): void }) {
  const { onChange } = parts;
  const { settings } = parts.ws;
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1_000_000 });
  const sessions = createSessions(parts);
  /** Open connections, with the session of those that have one. */
  const sockets = new Map<WebSocket, Session | undefined>();
  let deaf = false;
  let refusing = false;

  const send = (socket: WebSocket, op: number, d: unknown) => socket.send(JSON.stringify({ op, d, s: null, t: null }));

  function start(socket: WebSocket, frame: Frame): void {
    const d = frame.d as Record<string, unknown>;
    if (sockets.get(socket)) socket.close(4005, 'Already authenticated.');
    else admit(socket, frame.op === 2 ? sessions.identify(socket, d) : sessions.resume(socket, d));
  }

  function admit(socket: WebSocket, outcome: Session | Refused): void {
    if ('close' in outcome) socket.close(outcome.close, outcome.reason);
    else if ('invalid' in outcome) send(socket, 9, false);
    else sockets.set(socket, outcome);
  }

  function take(socket: WebSocket, frame: Frame): void {
    const session = sockets.get(socket);
    if (frame.op === 1) {
      if (session && typeof frame.d === 'number') sessions.acknowledge(session, frame.d);
      if (!deaf) send(socket, 11, null);
    } else if (frame.op === 2 || frame.op === 6) start(socket, frame);
    else if (!SILENT.includes(frame.op)) socket.close(4001, 'Unknown opcode.');
    else if (!session) socket.close(4003, 'Not authenticated.');
  }

  function parse(bytes: Buffer): Frame | undefined {
    if (bytes.length > 4_096) return undefined;
    try {
      const frame = JSON.parse(bytes.toString());
      return typeof frame?.op === 'number' ? frame : undefined;
    } catch {
      return undefined; // no JSON: the caller closes with 4002
    }
  }

  function serve(socket: WebSocket): void {
    let minute = { from: Date.now(), messages: 0 };
    sockets.set(socket, undefined);
    socket.on('message', (bytes: Buffer) => {
      if (Date.now() - minute.from > 60_000) minute = { from: Date.now(), messages: 0 };
      minute.messages += 1;
      const frame = parse(bytes);
      if (minute.messages > 120) socket.close(4008, 'Rate limited.');
      else if (!frame) socket.close(4002, 'Error while decoding payload.');
      else take(socket, frame);
      onChange();
    });
    // A socket that breaks is closed right after; there is nothing to do before.
    socket.on('error', () => {});
    socket.on('close', (code) => {
      const session = sockets.get(socket);
      if (session) sessions.disconnect(session, socket, code);
      sockets.delete(socket);
      onChange();
    });
    send(socket, 10, { heartbeat_interval: settings.heartbeatMs, _trace: [] });
    onChange();
  }

  return {
    dispatch: (event: Dispatch) => sessions.dispatch(event),
    /** Takes a WebSocket handshake on /gateway or /resume. */
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
      const url = new URL(request.url ?? '/', 'http://gateway');
      if (refusing || !PATHS.includes(url.pathname)) {
        socket.destroy();
        return;
      }
      server.handleUpgrade(request, socket, head, (opened) => {
        if (url.searchParams.get('v') !== '10') opened.close(4012, 'Invalid API version.');
        else if ((url.searchParams.get('encoding') ?? 'json') !== 'json' || url.searchParams.has('compress'))
          opened.close(4002, 'The double speaks uncompressed JSON.');
        else serve(opened);
      });
    },
    /** `session_start_limit` of GET /gateway/bot. */
    startLimit: () => ({
      total: 1_000,
      remaining: Math.max(0, 1_000 - sessions.identified.length),
      reset_after: 86_400_000,
      max_concurrency: settings.maxConcurrency,
    }),
    /** Open WebSockets, identified or not. */
    get connections(): number {
      return sockets.size;
    },
    /** Sessions with a connection. */
    get ready(): number {
      return sessions.live().length;
    },
    /** Every IDENTIFY that was taken, oldest first. */
    identified: sessions.identified,
    /** How often a session was resumed. */
    get resumed(): number {
      return sessions.resumed;
    },
    /** Cuts the connections (of this shard) without a close frame. */
    drop(shard?: number): void {
      for (const [socket, session] of sockets)
        if (shard === undefined || session?.shard[0] === shard) socket.terminate();
    },
    /** Asks the app to reconnect and resume (opcode 7). */
    reconnect(): void {
      for (const socket of sockets.keys()) send(socket, 7, null);
    },
    /** Invalid Session (opcode 9). `resumable` false: the session is gone, and the app must identify again. */
    invalidate(resumable: boolean): void {
      for (const [socket, session] of sockets) {
        if (!session) continue;
        // The same connection may resume or identify now.
        sockets.set(socket, undefined);
        if (resumable) Object.assign(session, { socket: undefined, lostAt: Date.now() });
        else sessions.forget(session);
        send(socket, 9, resumable);
      }
    },
    /** Forgets every session (of this shard), so that no resume succeeds; connections stay, deaf. */
    forgetSessions: sessions.forgetAll,
    /** Closes the connections with this code. */
    close(code: number, reason = ''): void {
      for (const socket of sockets.keys()) socket.close(code, reason);
    },
    /** Keeps events back until `release`. */
    hold: () => sessions.hold(true),
    release: () => sessions.hold(false),
    /** Heartbeats are no longer acknowledged: the connection looks dead. */
    ignoreHeartbeats(on = true): void {
      deaf = on;
    },
    /** New connections are refused until told otherwise. */
    refuse(on = true): void {
      refusing = on;
    },
    stop(): void {
      for (const socket of sockets.keys()) socket.terminate();
      server.close();
    },
  };
}
