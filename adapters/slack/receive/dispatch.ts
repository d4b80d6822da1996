/** Between a source of events (sockets, HTTP) and Bolt: an event is acknowledged only after its listeners are done. */
import type { App } from '@slack/bolt';
import { createInFlight } from '../../kit/in-flight.ts';

/** One delivery of Slack's, as any source receives it. */
export interface Delivery {
  body: Record<string, unknown>;
  retryNum?: number;
  retryReason?: string;
}

/** @throws when a listener failed: nothing was acknowledged then */
export type Dispatch = (delivery: Delivery, ack: (response?: unknown) => Promise<void>) => Promise<void>;

/**
 * Bolt acknowledges events before their listeners run, and other deliveries when a listener says so. Here an event's
 * acknowledgement waits for the listeners, since only they know that the message is stored.
 */
export function createDispatch(app: () => App): { dispatch: Dispatch; settle(): Promise<void> } {
  const running = createInFlight();

  async function run({ body, retryNum, retryReason }: Delivery, ack: (response?: unknown) => Promise<void>) {
    const isEvent = body.type === 'event_callback';
    let acknowledged = false;
    await app().processEvent({
      body,
      retryNum,
      retryReason,
      ack: async (response?: unknown) => {
        if (isEvent) return;
        acknowledged = true;
        await ack(response);
      },
    });
    // Also what nobody listens to, else Slack would deliver it again and again.
    if (!acknowledged) await ack();
  }

  return {
    dispatch: (delivery, ack) => running.add(run(delivery, ack)),
    /** Resolves when all deliveries in hand are done. */
    settle: () => running.settle(),
  };
}
