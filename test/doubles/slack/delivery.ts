/**
 * How events reach the app: wrapped in their envelope, sent by a transport, sent again when nobody acknowledges.
 * Rules: docs.slack.dev "The Events API" (an answer within 3 s; three retries: nearly at once, after 1 and after 5
 * minutes; X-Slack-No-Retry), "Using Socket Mode" (envelopes, acknowledgement by envelope_id). Commands and buttons are
 * not repeated ("Slash commands": the person sees that the app did not respond).
 * Assumed: in Socket Mode an event that finds no open socket goes through the same three retries.
 */

import type { Delivered, Settings } from './types.ts';
import type { Ids } from './workspace.ts';
import { newId } from './workspace.ts';

export type Kind = 'events_api' | 'slash_commands' | 'interactive';

/** One attempt's result. `reason` is what the next attempt tells the app. */
export type Attempt = { acked: true; body: unknown } | { acked: false; reason: string; retry: boolean };

/** Takes one payload (JSON text) to the app once. */
export interface Transport {
  send(kind: Kind, payload: string, retry: { attempt: number; reason: string }): Promise<Attempt>;
}

/** An event as it was put on its way. */
export interface SentEvent {
  eventId: string;
  event: { type: string; subtype?: string; ts?: string; [field: string]: unknown };
  /** The whole `event_callback`, JSON text. */
  payload: string;
}

export type Delivery = ReturnType<typeof createDelivery>;

/** Builds the courier. `transport` is asked anew for every attempt, so a test may change it in between. */
export function createDelivery(options: {
  ids: Ids;
  settings: Settings;
  verificationToken: string;
  transport: () => Transport;
  keep: boolean;
}) {
  const { ids, settings, verificationToken, keep } = options;
  const waiting = new Set<{ timer: NodeJS.Timeout; end: (goOn: boolean) => void }>();
  const sent: SentEvent[] = [];
  let closed = false;
  const tail =
    `,"type":"event_callback","authorizations":[{"enterprise_id":null,"team_id":"${ids.team}","user_id":"${ids.botUser}",` +
    `"is_bot":true,"is_enterprise_install":false}],"is_ext_shared_channel":false,"event_context":"4-${ids.app}"`;
  const head = `{"token":"${verificationToken}","team_id":"${ids.team}","context_team_id":"${ids.team}","context_enterprise_id":null,"api_app_id":"${ids.app}","event":`;

  /** Resolves after `ms`; false when the double was closed meanwhile. */
  function pause(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const entry = {
        timer: setTimeout(() => entry.end(true), ms),
        end(goOn: boolean) {
          clearTimeout(entry.timer);
          waiting.delete(entry);
          resolve(goOn);
        },
      };
      waiting.add(entry);
    });
  }

  async function carry(kind: Kind, eventId: string, payload: string, delays: number[]): Promise<Delivered> {
    let attempts = 0;
    let reason = '';
    for (;;) {
      if (closed) return { acked: false, attempts, eventId, outcome: 'closed', body: undefined };
      attempts += 1;
      const underway = settings.eventDelayMs();
      if (underway > 0) await pause(underway);
      const result = await options.transport().send(kind, payload, { attempt: attempts - 1, reason });
      if (result.acked) return { acked: true, attempts, eventId, outcome: 'acked', body: result.body };
      const delay = delays[attempts - 1];
      if (delay === undefined || !result.retry)
        return { acked: false, attempts, eventId, outcome: closed ? 'closed' : 'given_up', body: undefined };
      reason = result.reason;
      if (!(await pause(delay))) return { acked: false, attempts, eventId, outcome: 'closed', body: undefined };
    }
  }

  return {
    /** Every event sent so far, oldest first. Empty when nothing is kept. */
    sent,
    /** Sends one event, wrapped in `event_callback`, until it is acknowledged or given up. */
    event(event: object): Promise<Delivered> {
      const eventId = newId('Ev');
      const payload = `${head}${JSON.stringify(event)}${tail},"event_id":"${eventId}","event_time":${Math.floor(Date.now() / 1000)}}`;
      if (keep) sent.push({ eventId, event: event as SentEvent['event'], payload });
      return carry('events_api', eventId, payload, settings.retryDelaysMs);
    },
    /** Sends an earlier event once more, as Slack does when an acknowledgement was lost on its way. */
    again(eventId: string): Promise<Delivered> {
      const earlier = sent.findLast((one) => one.eventId === eventId);
      if (!earlier) throw new Error(`no event ${eventId} was sent`);
      return carry('events_api', eventId, earlier.payload, []);
    },
    /** Sends a slash command or a pressed button, once. */
    interaction(kind: 'slash_commands' | 'interactive', payload: object): Promise<Delivered> {
      return carry(kind, '', JSON.stringify(payload), []);
    },
    /** Makes every redelivery that is due later due now; gives their number. */
    retryNow(): number {
      const due = [...waiting];
      for (const entry of due) entry.end(true);
      return due.length;
    },
    notDelivered(): Promise<Delivered> {
      return Promise.resolve({ acked: false, attempts: 0, eventId: '', outcome: 'not_delivered', body: undefined });
    },
    close(): void {
      closed = true;
      for (const entry of [...waiting]) entry.end(false);
    },
  };
}
