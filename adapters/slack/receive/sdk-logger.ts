import { LogLevel } from '@slack/web-api';
import type { Logger } from '../../../src/log/logger.ts';

/**
 * Slack's SDKs log whole payloads at debug and everything that fails at error, also what we handle. Their lines go to our
 * log at debug, where they stay out of the way; failures that matter are logged where they are handled.
 */
export function quietLogger(log: Logger) {
  const say = (...parts: unknown[]): void => {
    if (log.isLevelEnabled('debug')) log.debug({ sdk: parts.map(String).join(' ').slice(0, 2_000) }, 'slack sdk');
  };
  return {
    debug() {},
    info: say,
    warn: say,
    error: say,
    setLevel() {},
    getLevel: () => LogLevel.INFO,
    setName() {},
  };
}
