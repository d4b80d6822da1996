import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Wire {
  port: number;
  /** Ends every connection that is open now. */
  cut(): void;
  /** Until `mend`, whoever connects is cut off at once. */
  sever(): void;
  mend(): void;
  close(): Promise<void>;
}

/** The network between browser and server, which the test can cut. */
export async function createWire(target: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let severed = false;
  const server = createServer((near) => {
    if (severed) {
      near.destroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      // A cut connection is what these tests are about; each end learns of it by its `close`.
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  function cut(): void {
    for (const socket of sockets) socket.destroy();
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    sever() {
      severed = true;
      cut();
    },
    mend() {
      severed = false;
    },
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
