/** Where Redis is, as `REDIS_URL` says it. */
export interface RedisPlace {
  kind: 'single' | 'sentinel' | 'cluster';
  /** The server; or several sentinels, or several nodes of a cluster, of which one is enough to begin with. */
  nodes: { host: string; port: number }[];
  /** The server's Unix socket, in place of a host and port. */
  path?: string;
  /** Sentinel: the name of the master. */
  master?: string;
  username?: string;
  password?: string;
  db?: number;
  tls: boolean;
}

const FORM = /^(rediss?)(-sentinel|-cluster)?:\/\/(?:([^@/]*)@)?([^/@]+)(?:\/(.*))?$/;
const SOCKET = /^unix:\/\/(?:([^@/]*)@)?(\/[^?#]+)$/;
const NODE = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(?::(\d{1,5}))?$/i;
const PORTS = { single: 6_379, cluster: 6_379, sentinel: 26_379 };

/**
 * `redis://user:password@host:6379/0`, `redis-sentinel://…@host:26379,host:26379/master`,
 * `redis-cluster://…@host:6379,host:6379`; each with `rediss` for TLS. `unix://user:password@/path/to/socket`.
 * User, password and path are percent-encoded.
 * @returns null when it is none of these
 */
export function parseRedisUrl(text: string): RedisPlace | null {
  const [, socketLogin, path] = SOCKET.exec(text.trim()) ?? [];
  if (path) return { kind: 'single', nodes: [], path: decoded(path), ...loginOf(socketLogin), tls: false };
  const [, scheme, suffix = '', login, hosts = '', name = ''] = FORM.exec(text.trim()) ?? [];
  if (!scheme) return null;
  const kind = suffix === '' ? 'single' : suffix === '-sentinel' ? 'sentinel' : 'cluster';
  const found = hosts.split(',').map((node) => NODE.exec(node.trim()));
  const nodes = found.flatMap((node) =>
    node ? { host: String(node[1]).replace(/^\[|\]$/g, ''), port: Number(node[3] ?? PORTS[kind]) } : [],
  );
  if (nodes.length < found.length || nodes.some(({ port }) => port < 1 || port > 65_535)) return null;
  if (kind === 'single' ? nodes.length > 1 || !/^\d*$/.test(name) : kind === 'cluster' && name !== '') return null;
  if (kind === 'sentinel' && !/^[\w.-]+$/.test(name)) return null;
  return {
    kind,
    nodes,
    ...(kind === 'sentinel' ? { master: name } : {}),
    ...loginOf(login),
    ...(kind === 'single' && name ? { db: Number(name) } : {}),
    tls: scheme === 'rediss',
  };
}

function loginOf(text = ''): { username?: string; password?: string } {
  const [username = '', password = ''] = text.split(/:(.*)/s).map(decoded);
  return { ...(username ? { username } : {}), ...(password ? { password } : {}) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone % that nobody encoded.
  }
}
