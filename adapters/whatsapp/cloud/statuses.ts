/** What became of the messages that were sent ("Status messages webhook reference"). */
import type { Logger } from '../../../src/log/logger.ts';
import { explainCode, type GraphError } from './errors.ts';
import type { CloudMemory } from './memory.ts';
import type { WebhookStatus } from './payload.ts';

/** @returns a function that notes what was sent, and tells operators what failed. @throws when Redis is away */
export function createStatuses(deps: {
  memory: CloudMemory;
  onError(method: string, code: string): void;
  log: Logger;
}) {
  const { memory, onError, log } = deps;

  function failed(what: string, errors: GraphError[] | undefined): void {
    for (const error of errors ?? []) {
      const code = String(error.code ?? 'unknown');
      onError(what, code);
      const detail = error.error_data?.details ?? error.message ?? error.title;
      log.warn({ code, detail, meaning: explainCode(error.code) }, 'WhatsApp could not deliver a message');
    }
  }

  return {
    async take(status: WebhookStatus): Promise<void> {
      const { id, biz_opaque_callback_data: mark } = status;
      if (status.status === 'failed') failed('status', status.errors);
      // Also of one that failed: it was taken, and to send it again would fail again.
      if (id && mark) await memory.noteSent(mark, id);
    },
    /** Errors of the account or the app that belong to no message. */
    takeErrors: (errors: GraphError[] | undefined): void => failed('webhook', errors),
  };
}
