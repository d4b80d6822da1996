/** Discord's gateway, as lean as the load needs it: one session, plain JSON, every event sent once. */
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

const HEARTBEAT_MS = 41_250;

/** discord.com/developers, "Opcodes and Status Codes", section "Gateway Opcodes". */
const OP = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  invalidSession: 9,
  hello: 10,
  heartbeatAck: 11,
} as const;

/**
 * Serves WebSockets on the HTTP server's path `/gateway`.
 * @param options.ready the payload of READY, without what is the gateway's own
 */
export function serveGateway(server: Server, options: { token: string; url(): string; ready: object }) {
  const sockets = new WebSocketServer({ server, path: '/gateway', perMessageDeflate: false });
  let session: WebSocket | undefined;
  let events = 0;

  sockets.on('connection', (socket) => {
    const send = (op: number, d: unknown) => socket.send(JSON.stringify({ op, d, s: null, t: null }));
    socket.on('message', (bytes) => {
      const { op, d } = JSON.parse(String(bytes)) as { op: number; d: { token?: string } | null };
      if (op === OP.heartbeat) send(OP.heartbeatAck, null);
      // What was sent meanwhile is gone: the app has to begin a new session.
      else if (op === OP.resume) send(OP.invalidSession, false);
      else if (op === OP.identify && d?.token !== options.token) socket.close(4004, 'Authentication failed.');
      else if (op === OP.identify) {
        session = socket;
        dispatch('READY', {
          v: 10,
          ...options.ready,
          guilds: [],
          session_id: '0'.repeat(32),
          resume_gateway_url: options.url(),
          shard: [0, 1],
        });
      }
    });
    // The close that follows says it.
    socket.on('error', () => {});
    socket.on('close', () => {
      if (session === socket) session = undefined;
    });
    send(OP.hello, { heartbeat_interval: HEARTBEAT_MS });
  });

  function dispatch(t: string, d: object): boolean {
    if (!session) return false;
    events += 1;
    session.send(JSON.stringify({ op: OP.dispatch, t, s: events, d }));
    return true;
  }

  return {
    /** False: there is no session, and nobody will ever hear of it. */
    dispatch,
    close(): void {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}
