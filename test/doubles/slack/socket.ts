/**
 * Socket Mode. Rules: docs.slack.dev "Using Socket Mode" (single-use wss address, hello, envelopes, up to ten
 * connections and each envelope to one of them, disconnect messages with a reason). Slack's pings arrive about every
 * 30 s or faster (node-slack-sdk closes after 30 s without one).
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Attempt, Kind, Transport } from './delivery.ts';
import type { Settings } from './types.ts';

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets';

interface Link {
  socket: WebSocket;
  /** Takes envelopes; false after a disconnect message (but not after a warning). */
  open: boolean;
  pending: Set<string>;
}

export type SocketMode = ReturnType<typeof createSocketMode>;

/** Builds the Socket Mode side; `upgrade` belongs on the HTTP server. */
export function createSocketMode(options: { settings: Settings; appId: string; onChange: () => void }) {
  const { settings, appId, onChange } = options;
  const server = new WebSocketServer({ noServer: true });
  const links: Link[] = [];
  const tickets = new Set<string>();
  const pending = new Map<string, (attempt: Attempt) => void>();
  let next = 0;
  let ignoreAcks = 0;
  let opened = 0;

  function accept(socket: WebSocket): void {
    const link: Link = { socket, open: true, pending: new Set() };
    const pings =
      settings.pingEveryMs > 0
        ? setInterval(() => socket.ping('Ping from applink'), settings.pingEveryMs).unref()
        : undefined;
    socket.on('error', () => socket.terminate()); // the far side broke off; `close` follows
    socket.on('close', () => {
      clearInterval(pings);
      const at = links.indexOf(link);
      if (at >= 0) links.splice(at, 1);
      // What was sent and not acknowledged is lost with the socket: the next attempt comes by another one.
      for (const id of link.pending) settle(id, { acked: false, reason: 'timeout', retry: true });
      onChange();
    });
    socket.on('message', (data) => {
      let message: { envelope_id?: string; payload?: unknown };
      try {
        message = JSON.parse(String(data));
      } catch {
        return; // Slack ignores what it cannot read
      }
      if (message.envelope_id === undefined || !pending.has(message.envelope_id)) return;
      link.pending.delete(message.envelope_id);
      if (ignoreAcks > 0) {
        // Lost on its way: what the time-out would find later is found at once.
        ignoreAcks -= 1;
        settle(message.envelope_id, { acked: false, reason: 'timeout', retry: true });
        return;
      }
      settle(message.envelope_id, { acked: true, body: message.payload });
    });
    if (links.length >= 10) {
      disconnect(link, 'too_many_websockets', true);
      return;
    }
    links.push(link);
    opened += 1;
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: links.length + settings.otherConnections,
        debug_info: { host: 'applink-double', build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: appId },
      }),
    );
    onChange();
  }

  function settle(id: string, attempt: Attempt): void {
    const done = pending.get(id);
    pending.delete(id);
    done?.(attempt);
  }

  function disconnect(link: Link, reason: DisconnectReason, close: boolean): void {
    if (reason !== 'warning') link.open = false;
    link.socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-double' } }));
    if (close) link.socket.close(1000);
  }

  const transport: Transport = {
    send(kind: Kind, payload, retry) {
      const ready = links.filter((link) => link.open && link.socket.readyState === link.socket.OPEN);
      const link = ready[next++ % Math.max(1, ready.length)];
      if (!link) return Promise.resolve({ acked: false, reason: 'connection_failed', retry: true });
      const id = randomUUID();
      const accepts = kind !== 'events_api';
      const tail = kind === 'events_api' ? `,"retry_attempt":${retry.attempt},"retry_reason":"${retry.reason}"}` : '}';
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          link.pending.delete(id);
          settle(id, { acked: false, reason: 'timeout', retry: true });
        }, settings.ackTimeoutMs);
        pending.set(id, (attempt) => {
          clearTimeout(timer);
          resolve(attempt);
        });
        link.pending.add(id);
        link.socket.send(
          `{"envelope_id":"${id}","payload":${payload},"type":"${kind}","accepts_response_payload":${accepts}${tail}`,
        );
      });
    },
  };

  return {
    transport,
    /** What apps.connections.open hands out: good for one connection. */
    ticket(): string {
      const ticket = randomUUID();
      tickets.add(ticket);
      return ticket;
    },
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
      const ticket = new URL(request.url ?? '/', 'http://slack').searchParams.get('ticket') ?? '';
      if (!tickets.delete(ticket)) {
        socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, accept);
    },
    /** Open connections. */
    get connections(): number {
      return links.length;
    },
    /** Connections ever made. */
    get opened(): number {
      return opened;
    },
    /**
     * Sends every connection (or one) a disconnect message. `close` also ends the socket; Slack leaves it to the app
     * for a while.
     */
    disconnect(reason: DisconnectReason, { close = false, index }: { close?: boolean; index?: number } = {}): void {
      const chosen = index === undefined ? [...links] : links.slice(index, index + 1);
      for (const link of chosen) disconnect(link, reason, close);
    },
    /** Cuts every connection at once, without a close frame. */
    drop(): void {
      for (const link of [...links]) link.socket.terminate();
    },
    /** The next `count` acknowledgements are lost on their way. */
    ignoreAcks(count = 1): void {
      ignoreAcks = count;
    },
    close(): void {
      for (const link of [...links]) link.socket.terminate();
      for (const id of [...pending.keys()]) settle(id, { acked: false, reason: 'closed', retry: false });
      server.close();
    },
  };
}
