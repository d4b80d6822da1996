/** Where in Slack a conversation is: what its id is made of, and what the sender needs to reply there. */
import type { Address } from '../../src/contract/index.ts';

export interface SlackRoute {
  team: string;
  channel: string;
  /** The thread that is replied in; null: replies stand in the channel itself (a plain app's direct messages). */
  thread: string | null;
  /** Who is answered: streams in channels name their recipient. */
  user: string;
  /** `ts` of the message that is answered. */
  asked: string;
}

/** How the app presents itself (`slack.surface` in chasqui.yaml). */
export type Surface = 'agent' | 'assistant' | 'plain';

/**
 * The thread a message belongs to. In channels a reply always goes into a thread. In direct messages an agent's sessions
 * are threads as well, one under each top-level message (docs.slack.dev, "Agent sessions").
 */
export function threadOf(
  message: { ts: string; thread_ts?: string },
  direct: boolean,
  surface: Surface,
): string | null {
  if (message.thread_ts) return message.thread_ts;
  return direct && surface === 'plain' ? null : message.ts;
}

export function toAddress(route: SlackRoute): Address {
  const { team, channel, thread } = route;
  return {
    platform: 'slack',
    conversation: ['slack', team, channel, ...(thread ? [thread] : [])].join(':'),
    route: { ...route },
  };
}

export function routeOf(address: Address): SlackRoute {
  return address.route as unknown as SlackRoute;
}
