import type { Adapter } from '../contract/index.ts';
import { type Finding, LIMIT_MS, type Probe, settle } from './doctor.ts';

/**
 * Runs every adapter's own check; one that throws or hangs holds up no other.
 * @param create makes the adapters that are configured
 */
export function platformProbe(options: {
  create(): Promise<readonly Pick<Adapter, 'platform' | 'check'>[]>;
  limitMs?: number;
}): Probe {
  return {
    area: 'Platforms',
    async run() {
      const adapters = await options.create();
      const each = adapters.map((adapter) => settle(...checkOf(adapter), options.limitMs ?? LIMIT_MS - 1_000));
      return (await Promise.all(each)).flat();
    },
  };
}

function checkOf(adapter: Pick<Adapter, 'platform' | 'check'>): [string, () => Promise<Finding[]>] {
  const area = adapter.platform.charAt(0).toUpperCase() + adapter.platform.slice(1);
  const run = async () =>
    (await adapter.check()).map(({ name, ok, detail }): Finding => {
      return { area, state: ok ? 'ok' : 'wrong', detail: `${name}: ${detail}` };
    });
  return [area, run];
}
