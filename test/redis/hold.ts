/** A process that needs the private Redis of a folder: says where it is, and lets go of it when its input ends. */
import { createLogger } from '../../src/log/logger.ts';
import { startPrivateRedis } from '../../src/redis/server.ts';

const redis = await startPrivateRedis({ dataDir: process.argv[2] as string, log: createLogger({ level: 'silent' }) });
console.log(JSON.stringify({ url: redis.url, pid: redis.pid }));
process.stdin.resume().once('end', () => void redis.stop());
