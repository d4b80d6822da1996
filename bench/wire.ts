/**
 * Sends ready-made HTTP requests over kept connections and reads no more of the answers than their status and their end.
 * Node's own client would cost the load several times as much CPU, which the bots on the same machine would miss.
 */
import { connect, type Socket } from 'node:net';

/** Servers close idle connections after some seconds (Node: 5); one that rested this long is not used again. */
const FRESH_MS = 2_000;

interface Line {
  socket: Socket;
  restingSince: number;
  received: string;
  /** Called once, with the status of the answer, or 0 when the connection broke. */
  done: ((status: number) => void) | undefined;
}

export type Wire = ReturnType<typeof createWire>;

/** Connections to one port on loopback; as many as there are requests at the same time. */
export function createWire(port: number) {
  const lines = new Set<Line>();
  const resting: Line[] = [];

  function open(): Line {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const line: Line = { socket, restingSince: 0, received: '', done: undefined };
    lines.add(line);
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => {
      line.received += piece;
      const status = statusOf(line.received);
      if (status === undefined) return;
      line.received = '';
      line.restingSince = performance.now();
      resting.push(line);
      finish(line, status);
    });
    // The close that follows tells whoever waits.
    socket.on('error', () => {});
    socket.on('close', () => {
      lines.delete(line);
      finish(line, 0);
    });
    return line;
  }

  function finish(line: Line, status: number): void {
    const { done } = line;
    line.done = undefined;
    done?.(status);
  }

  function take(): Line {
    for (let line = resting.pop(); line; line = resting.pop()) {
      if (!line.socket.destroyed && performance.now() - line.restingSince < FRESH_MS) return line;
      line.socket.destroy();
    }
    return open();
  }

  return {
    send(request: Buffer, done: (status: number) => void): void {
      const line = take();
      line.done = done;
      line.socket.write(request);
    },
    close(): void {
      for (const { socket } of lines) socket.destroy();
    },
  };
}

/** The status of an answer that is complete; undefined while more is to come. */
function statusOf(received: string): number | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = received.slice(0, end).toLowerCase();
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  const complete =
    length !== undefined
      ? received.length >= end + 4 + Number(length)
      : !head.includes('\r\ntransfer-encoding: chunked') || received.endsWith('\r\n0\r\n\r\n');
  return complete ? status : undefined;
}
