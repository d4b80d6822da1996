/** What became of the messages that were sent ("Status messages webhook reference"). */

import type { Address, Ingest } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { reportUndelivered } from '../../whatsapp/undelivered.ts';
import { explainCode, type GraphError } from '../errors.ts';
import type { PersonIds } from '../person-ids.ts';
import { toAddress } from '../route.ts';
import type { CloudSentMessages } from '../sent-messages.ts';
import type { WebhookStatus } from './payload.ts';

export interface StatusesDeps {
  /** WHATSAPP_PHONE_NUMBER_ID */
  phone: string;
  sentMessages: CloudSentMessages;
  personIds: PersonIds;
  onError(method: string, code: string): void;
  log: Logger;
}

/** @returns a function that notes what was sent, and reports what failed. @throws when Redis is away */
export function createStatuses(deps: StatusesDeps & { ingest: Ingest }) {
  const { phone, sentMessages, personIds, onError, log } = deps;

  function failed(what: string, errors: GraphError[] | undefined): void {
    for (const error of errors ?? []) {
      const code = String(error.code ?? 'unknown');
      onError(what, code);
      const detail = saidBy(error);
      log.warn({ code, detail, meaning: explainCode(error.code) }, 'WhatsApp could not deliver a message');
    }
  }

  async function report(mark: string, status: WebhookStatus): Promise<void> {
    const error = status.errors?.[0] ?? {};
    const known = await reportUndelivered(deps, mark.replace(/:\d+$/, ''), {
      code: String(error.code ?? 'unknown'),
      message: [explainCode(error.code), saidBy(error)].filter(Boolean).join(': ') || 'no reason was given',
      otherwise: () => addressIn(status),
    });
    if (!known) log.warn('a failed message is of nobody who is known here');
  }

  async function addressIn({ recipient_id: to, recipient_user_id: user }: WebhookStatus): Promise<Address | null> {
    const person = await personIds.personOf({
      ...(to === undefined ? {} : { from: to }),
      ...(user === undefined ? {} : { from_user_id: user }),
    });
    if (person === null) return null;
    const asked = (await sentMessages.newest(toAddress({ phone, asked: '' }, person).conversation)) ?? '';
    return toAddress(
      { phone, ...(to === undefined ? {} : { to }), ...(user === undefined ? {} : { user }), asked },
      person,
    );
  }

  return {
    async take(status: WebhookStatus): Promise<void> {
      const { id, biz_opaque_callback_data: mark } = status;
      if (status.status === 'failed') failed('status', status.errors);
      // Also of one that failed: it was taken, and to send it again would fail again.
      if (id && mark) await sentMessages.noteSent(mark, id);
      if (mark && status.status === 'failed') await report(mark, status);
    },
    /** Errors of the account or the app that belong to no message. */
    takeErrors: (errors: GraphError[] | undefined): void => failed('webhook', errors),
  };
}

function saidBy({ error_data, message, title }: GraphError): string | undefined {
  return error_data?.details ?? message ?? title;
}
