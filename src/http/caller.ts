import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Who calls, as far as the connection tells. */
export interface Caller {
  /** The origin under which the caller sees this server, e.g. `https://chat.example.com`. */
  ownOrigin: string;
  secure: boolean;
  /** Names the caller's network address without being one; for rate limits only. */
  address: string;
}

/**
 * Reads the caller from the connection; from `X-Forwarded-*` only behind a trusted proxy. Of `X-Forwarded-For` the last
 * entry counts: the proxy itself added it, those before it are whatever the client claimed.
 */
export function callerOf(request: FastifyRequest, trustProxy: boolean): Caller {
  const { socket } = request.raw;
  const forwarded = (name: string): string[] => (trustProxy ? forwardedBy(request, name) : []);
  const protocol = forwarded('proto')[0] || ('encrypted' in socket && socket.encrypted ? 'https' : 'http');
  const host = forwarded('host')[0] || (request.headers.host ?? '');
  const address = clientAddress(request, trustProxy);
  return {
    ownOrigin: `${protocol}://${host}`.toLowerCase(),
    secure: protocol === 'https',
    address: createHash('sha256').update(network(address)).digest('base64url').slice(0, 22),
  };
}

/** The caller's network address itself, for those who log in; of chats only `Caller.address` is ever kept. */
export function clientAddress(request: FastifyRequest, trustProxy: boolean): string {
  const forwarded = trustProxy ? forwardedBy(request, 'for').at(-1) : undefined;
  return (forwarded || (request.socket.remoteAddress ?? '')).slice(0, 60);
}

function forwardedBy(request: FastifyRequest, name: string): string[] {
  return String(request.headers[`x-forwarded-${name}`] ?? '')
    .split(',')
    .map((part) => part.trim());
}

/** One subscriber holds a whole IPv6 /64 and can speak from any address of it. Some proxies add the port. */
function network(given: string): string {
  const address = given.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1');
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:([\d.]+)$/i.exec(address);
  if (mapped) return mapped[1] as string;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const left = head.split(':').filter(Boolean);
  const right = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const groups = [...left, ...zeros, ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
