/** Lets people write what the plan says, and remembers what they wrote. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { tokenOf } from './answers.ts';
import type { Kept, View, Written } from './judge.ts';
import type { Talk } from './people/stage.ts';
import type { Plan, PlannedConversation, PlannedMessage } from './plan.ts';

const GREETED_WITHIN_MS = 30_000;

export function createPlay(deps: { plan: Plan; talks: ReadonlyMap<number, Talk>; redis: Redis; prefix: string }) {
  const { plan, talks } = deps;
  const written: Written[] = [];
  let waiting = 0;

  async function say(message: Pick<PlannedMessage, 'conversation' | 'token' | 'text' | 'change'>): Promise<void> {
    const { conversation, token, text, change } = message;
    const talk = talks.get(conversation) as Talk;
    const { platform } = plan.conversations[conversation] as PlannedConversation;
    const entry: Written = { platform, conversation, token, id: '', at: Date.now() };
    written.push(entry);
    waiting++;
    const said = await talk.say(text);
    entry.id = said.id;
    if (change) void alter(talk, entry, change);
    if (!(await said.delivered)) entry.fate ??= 'undelivered';
    else if (said.acknowledged !== false) entry.takenAt = Date.now();
    waiting--;
  }

  async function alter(talk: Talk, entry: Written, { kind, afterMs }: NonNullable<PlannedMessage['change']>) {
    await sleep(afterMs);
    if (kind === 'edit') talk.edit?.(entry.id, `${entry.token}v2 please, edited`);
    else if (talk.remove) {
      entry.fate = 'deleted';
      talk.remove(entry.id);
    }
  }

  return {
    written,
    /** Messages that the platform has not brought to Chasqui yet. */
    waiting: () => waiting,
    /** How many messages Chasqui has not stored. */
    missing: (kept: ReadonlyMap<number, Kept>): number =>
      written.filter(({ conversation, id, fate }) => !fate && !kept.get(conversation)?.storedAt.has(id)).length,
    /** Those who are to be known before the storm say a first word, and are answered. */
    async greet(isGreeting: (conversation: PlannedConversation) => boolean): Promise<void> {
      const first = plan.conversations.filter(isGreeting);
      await Promise.all(
        first.map(({ index }) =>
          say({ conversation: index, token: tokenOf(index, 0), text: `${tokenOf(index, 0)} hello` }),
        ),
      );
      const answered = async (): Promise<boolean> => {
        const names = first.map(({ index }) => talks.get(index)?.name());
        const lengths = await Promise.all(names.map((name) => deps.redis.llen(`${deps.prefix}:{${name}}:history`)));
        return lengths.every((length) => length > 0);
      };
      for (const end = performance.now() + GREETED_WITHIN_MS; !(await answered()); await sleep(100))
        if (performance.now() > end) throw new Error('nobody was answered before the storm began');
    },
    /** @param until resolves at a time after the storm's start, ms */
    async messages(until: (at: number) => Promise<void>): Promise<void> {
      for (const message of plan.messages) {
        await until(message.at);
        void say(message);
      }
    },
    look: (): Promise<View[]> =>
      Promise.all(
        plan.conversations.map(async ({ index, platform }) => ({
          platform,
          conversation: index,
          ...(await (talks.get(index) as Talk).look()),
        })),
      ),
    leave(): void {
      for (const talk of talks.values()) talk.leave?.();
    },
  };
}
