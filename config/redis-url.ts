/** Where Redis is, as `REDIS_URL` says it. */
export interface RedisPlace {
  kind: 'single' | 'sentinel' | 'cluster';
  /** The server; or several sentinels, or several nodes of a cluster, of which one is enough to begin with. */
  nodes: { host: string; port: number }[];
  /** Sentinel: the name of the master. */
  master?: string;
  username?: string;
  password?: string;
  db?: number;
  tls: boolean;
}

const FORM = /^(rediss?)(-sentinel|-cluster)?:\/\/(?:([^@/]*)@)?([^/@]+)(?:\/(.*))?$/;
const NODE = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(?::(\d{1,5}))?$/i;
const PORTS = { single: 6_379, cluster: 6_379, sentinel: 26_379 };

/**
 * `redis://user:password@host:6379/0`, `redis-sentinel://…@host:26379,host:26379/master`,
 * `redis-cluster://…@host:6379,host:6379`; each with `rediss` for TLS. User and password are percent-encoded.
 * @returns null when it is none of these
 */
export function parseRedisUrl(text: string): RedisPlace | null {
  const [, scheme, suffix = '', login, hosts = '', path = ''] = FORM.exec(text.trim()) ?? [];
  if (!scheme) return null;
  const kind = suffix === '' ? 'single' : suffix === '-sentinel' ? 'sentinel' : 'cluster';
  const found = hosts.split(',').map((node) => NODE.exec(node.trim()));
  const nodes = found.flatMap((node) =>
    node ? { host: String(node[1]).replace(/^\[|\]$/g, ''), port: Number(node[3] ?? PORTS[kind]) } : [],
  );
  if (nodes.length < found.length || nodes.some(({ port }) => port < 1 || port > 65_535)) return null;
  if (kind === 'single' ? nodes.length > 1 || !/^\d*$/.test(path) : kind === 'cluster' && path !== '') return null;
  if (kind === 'sentinel' && !/^[\w.-]+$/.test(path)) return null;
  const [username = '', password = ''] = (login ?? '').split(/:(.*)/s).map(decoded);
  return {
    kind,
    nodes,
    ...(kind === 'sentinel' ? { master: path } : {}),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(kind === 'single' && path ? { db: Number(path) } : {}),
    tls: scheme === 'rediss',
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone % that nobody encoded.
  }
}
