/** Where the operators' room keeps its things in Redis. One hash tag, so that one call can touch several on a Cluster. */
export function opsKeys(prefix: string) {
  const base = `${prefix}:{ops}`;
  return {
    /** Makes the tokens that guard against calls from other pages; never leaves Redis and this process. */
    secret: `${base}:secret`,
    session: (hash: string) => `${base}:session:${hash}`,
    /** Stream. */
    audit: `${base}:audit`,
    /** Hash: process → what it says of itself; sorted set: process → its last heartbeat by Redis's clock. */
    processes: `${base}:processes`,
    heartbeats: `${base}:heartbeats`,
  };
}
