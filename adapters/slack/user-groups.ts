/** Which of the user groups that `places` names a person belongs to. */
import { SendError } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import type { AccessLists } from '../../src/persona/personas.ts';
import { isPassing } from '../kit/retry.ts';
import type { SlackClient } from './client.ts';

/** A person who leaves a group keeps its access for at most this long. */
const KEPT_MS = 5 * 60_000;
const GROUP = /^S[A-Z0-9]{7,}$/;

export type GroupsOf = (user: string) => Promise<string[] | undefined>;

/** The ids of user groups in the lists of Slack's places, which may change while Chasqui runs. */
export function userGroupsIn({ allow, deny }: AccessLists): { allow: string[]; deny: string[] } {
  return { allow: allow.filter((id) => GROUP.test(id)), deny: deny.filter((id) => GROUP.test(id)) };
}

/**
 * Asks `usergroups.list` (docs.slack.dev: Tier 2, scope `usergroups:read`; disabled groups are left out) at most every few
 * minutes, and never while no place names a group.
 *
 * Where Slack will not tell (the scope is missing, the plan has no groups) nobody is let in as a member, and a place that
 * denies a group is closed to everybody.
 * @returns for a user id the groups' ids; undefined while none is named. It throws a `SendError` while Slack is away and
 * has never told: the event is then delivered again
 */
export function createGroupsOf(deps: { client: SlackClient; accessLists(): AccessLists; log: Logger }): GroupsOf {
  const { client, log } = deps;
  /** Members by group; null: Slack will not tell. */
  let members: Map<string, Set<string>> | null | undefined;
  let until = 0;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    try {
      const { usergroups = [] } = await client.call('usergroups.list', (client) =>
        client.usergroups.list({ include_users: true }),
      );
      members = new Map(usergroups.map(({ id, users }) => [id as string, new Set(users)]));
    } catch (error) {
      if (!(error instanceof SendError) || (isPassing(error) && members === undefined)) throw error;
      // While Slack is away, what it told last holds.
      if (!isPassing(error)) {
        members = null;
        log.error({ err: error }, 'places names Slack user groups that cannot be looked up: nobody is let in by them');
      }
    }
    until = Date.now() + KEPT_MS;
  }

  return async (user) => {
    const { allow, deny } = userGroupsIn(deps.accessLists());
    if (allow.length + deny.length === 0) return undefined;
    if (Date.now() >= until) {
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      await asking;
    }
    if (!members) return deny.filter((id) => !allow.includes(id));
    return [...new Set([...allow, ...deny])].filter((id) => members?.get(id)?.has(user));
  };
}
