/** Takes what one delivery holds: messages, judgements, edits, statuses of several people in one call. */
import type { Ingest } from '../../src/contract/index.ts';
import { judgementOf } from '../whatsapp/judgement.ts';
import { refusalOf } from '../whatsapp/unsupported.ts';
import type { CloudApi } from './api.ts';
import { normalize, type Writer } from './receive/normalize.ts';
import type { WebhookBody, WebhookMessage, WebhookValue } from './receive/payload.ts';
import { createStatuses, type StatusesDeps } from './receive/statuses.ts';
import { type CloudRoute, toAddress } from './route.ts';

/**
 * A delivery is signed, but not against being sent again. Ids are remembered for a day, and after a day nothing may be
 * answered either (131047): what is older is left out.
 */
const MAX_AGE_MS = 23 * 3_600_000;

/** Messages to other numbers than `phone` of the same app are somebody else's. */
export interface EventDeps extends StatusesDeps {
  ingest: Ingest;
  api: CloudApi;
}

/** @returns a function that stores a delivery; it throws when something in it could not be stored */
export function createCloudEvents(deps: EventDeps): (body: WebhookBody) => Promise<void> {
  const { phone, ingest, personIds, sentMessages, log } = deps;
  const statuses = createStatuses(deps);

  async function takeMessage(event: WebhookMessage & { id: string }, writer: Writer): Promise<void> {
    const result = normalize(event, phone, writer);
    const route: CloudRoute = {
      phone,
      ...(event.from === undefined ? {} : { to: event.from }),
      ...(event.from_user_id === undefined ? {} : { user: event.from_user_id }),
      asked: event.id,
    };
    const to = toAddress(route, writer.person);
    switch (result.kind) {
      case 'message':
        if ((await ingest.message(result.message)) === 'accepted') sentMessages.noteNewest(to.conversation, event.id);
        return;
      case 'amend':
        await ingest.amend(to.conversation, result.id, result.text);
        return;
      case 'reaction': {
        const value = judgementOf(result.emoji);
        if (value === null || (await sentMessages.turnOf(result.id)) === null) return;
        await ingest.feedback(to, { message: result.id, author: writer.person, value });
        return;
      }
      case 'unsupported':
        log.info({ type: result.type }, 'a message of a kind that is not supported');
        if (await sentMessages.mayTell(to.conversation)) tellUnsupported(route, result.type);
        return;
      default:
        log.trace({ why: result.why }, 'not for us');
    }
  }

  /** In the background: Meta waits for its answer. */
  function tellUnsupported(route: CloudRoute, type: string): void {
    deps.api
      .post(route, refusalOf(type), { quotes: route.asked })
      .catch((error) => log.warn({ err: error }, 'a polite refusal could not be sent'));
  }

  function isStale(event: { timestamp?: string }): boolean {
    // Without a time it is new.
    if (!(Number(event.timestamp) * 1_000 < Date.now() - MAX_AGE_MS)) return false;
    deps.onError('webhook', 'stale');
    log.warn({ timestamp: event.timestamp }, 'a delivery of something older than 23 hours was left out');
    return true;
  }

  /** In order; after a failure the same person's later messages wait for the next delivery too. */
  async function takeMessages(value: WebhookValue): Promise<unknown[]> {
    const failures = new Map<string, unknown>();
    for (const event of value.messages ?? []) {
      if (!hasId(event) || event.group_id !== undefined || isStale(event)) continue;
      const sender = event.from ?? event.from_user_id ?? '';
      if (failures.has(sender)) continue;
      try {
        const person = await personIds.personOf(event);
        if (person === null) log.warn('a message without a usable sender was left out');
        else await takeMessage(event, { person, ...nameOf(value, event) });
      } catch (error) {
        failures.set(sender, error);
      }
    }
    return [...failures.values()];
  }

  return async (body) => {
    const failures: unknown[] = [];
    for (const { changes = [] } of body.entry ?? [])
      for (const { field, value } of changes) {
        if (field !== 'messages' || !value || value.metadata?.phone_number_id !== phone) continue;
        for (const status of value.statuses ?? [])
          if (!isStale(status)) await statuses.take(status).catch((error: unknown) => failures.push(error));
        statuses.takeErrors(value.errors);
        failures.push(...(await takeMessages(value)));
      }
    if (failures.length > 0) throw failures[0];
  };
}

function hasId(event: WebhookMessage): event is WebhookMessage & { id: string } {
  return typeof event.id === 'string' && event.id !== '';
}

function nameOf(value: WebhookValue, event: WebhookMessage): { name?: string } {
  const contact = value.contacts?.find(
    ({ wa_id, user_id }) =>
      (wa_id !== undefined && wa_id === event.from) || (user_id !== undefined && user_id === event.from_user_id),
  );
  return contact?.profile?.name ? { name: contact.profile.name } : {};
}
