/**
 * Every order in which two workers, a crash, a redelivery and a second message can meet in one conversation, with the real
 * Lua on a real Redis. The platform here is one that finds a post by its key, as Slack and Discord do.
 */
import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import type { InboundMessage } from '../../src/contract/index.ts';
import { type Conversations, createConversations, TurnLostError } from '../../src/conversation/conversations.ts';
import type { TakenTurn } from '../../src/conversation/records.ts';
import { planTurn } from '../../workers/plan.ts';
import { sharedRedis } from '../support/redis.ts';

const { url, prefix } = sharedRedis();
const redis = new Redis(url);
afterAll(() => redis.disconnect());
const conversations = createConversations({ redis, prefix, keepMs: 60_000, maxWaiting: 10 });

interface World {
  conversation: string;
  /** What people see: by the turn's key, the text as it now stands. */
  posts: Map<string, string>;
  /** Questions put to the model for a turn whose whole answer was saved already. */
  needless: number;
}

type Actor = AsyncGenerator<void, void>;

const says = (conversation: string, id: string): InboundMessage => ({
  v: 1,
  id,
  author: { id: 'ana' },
  text: id,
  attachments: [],
  sentAt: 1,
  to: { platform: 'test', conversation, route: {} },
});

/** A worker's attempt at a turn, in the order of workers/turn.ts: each step is one call that another can come before. */
async function* worker(name: string, world: World, store: Conversations = conversations): Actor {
  try {
    const turn = await store.take(world.conversation);
    if (!turn) return;
    yield;
    let said = turn.answer;
    const { done, asked } = planTurn(turn);
    const user = asked.map(({ message }) => ({ id: message.id, author: 'ana', text: message.text }));
    if (!said) {
      if (name === 'A') {
        // It shows the beginning of its answer first; one worker that does so is enough to find what goes wrong.
        await store.confirm(turn);
        world.posts.set(turn.id, 'a beginning');
        yield;
      }
      said = { markdown: `${user.map(({ id }) => id).join('+')} by ${name}`, outcome: 'answered', user };
      await store.save(turn, { state: 'answered', answer: said });
    } else if (turn.state !== 'answered') world.needless += 1;
    yield;
    await store.confirm(turn);
    world.posts.set(turn.id, said.markdown);
    yield;
    const reply = said.markdown;
    await store.commit(turn, { done, history: { v: 1, id: turn.id, at: 1, user, reply, outcome: 'answered' } });
  } catch (error) {
    // Another worker has it: this one lets go, as workers/worker.ts does.
    if (!(error instanceof TurnLostError)) throw error;
  }
}

async function* people(world: World): Actor {
  await conversations.append(says(world.conversation, 'first'), 'always');
  await conversations.append(says(world.conversation, 'second'), 'always');
  yield;
}

/** All orders of these numbers of steps, as lists of who is next. */
function* orders(left: readonly number[], done: number[] = []): Generator<number[]> {
  if (left.every((count) => count === 0)) yield done;
  for (const [who, count] of left.entries())
    if (count > 0)
      yield* orders(
        left.map((other, n) => (n === who ? other - 1 : other)),
        [...done, who],
      );
}

let count = 0;
/**
 * Two workers at one turn, and a person who writes on. Or a worker that sleeps while others answer that turn and begin the
 * next one.
 */
const SCENES: ((world: World, store?: Conversations) => Actor[])[] = [
  (world, store) => [worker('A', world, store), worker('B', world, store), people(world)],
  (world, store) => [
    worker('A', world, store),
    inLine(worker('B', world, store), people(world), worker('C', world, store)),
  ],
];

async function* inLine(...actors: Actor[]): Actor {
  for (const actor of actors) yield* actor;
}

/** Plays one order, then lets a sound worker finish whatever is left, and tells what is wrong with what people see. */
async function play(scene: (typeof SCENES)[number], order: readonly number[], store?: Conversations) {
  const world: World = { conversation: `test:${++count}`, posts: new Map(), needless: 0 };
  await conversations.append(says(world.conversation, 'first'), 'always');
  const actors = scene(world, store);
  for (const who of order) await actors[who]?.next();
  await conversations.append(says(world.conversation, 'second'), 'always');
  for (let turn = await conversations.look(world.conversation); turn.waiting > 0 || turn.open; ) {
    for await (const _ of worker('D', world));
    turn = await conversations.look(world.conversation);
  }

  const history = await conversations.history(world.conversation);
  const answered = history.flatMap(({ user }) => user.map(({ id }) => id)).join();
  const shown = [...world.posts.values()].join();
  const kept = history.map(({ reply }) => reply).join();
  if (answered !== 'first,second') return `answered: ${answered}`;
  if (shown !== kept) return `shown: ${shown}; kept: ${kept}`;
  if (world.needless > 0) return 'the model was asked for an answer that was there';
  return null;
}

/** @returns the orders in which something goes wrong, at most a batch of them */
async function playAll(store?: Conversations): Promise<string[]> {
  // In the second scene worker A takes the turn first. In the first it is gone after 0 to 5 of its steps.
  const first = [5, 4, 3, 2, 1, 0].map((steps) => ({ scene: 0, all: [...orders([steps, 4, 1])] }));
  for (const { scene, all } of [{ scene: 1, all: [...orders([4, 9])].map((order) => [0, ...order]) }, ...first]) {
    for (let n = 0; n < all.length; n += 100) {
      const some = all.slice(n, n + 100);
      const scenery = SCENES[scene] as (typeof SCENES)[number];
      const results = await Promise.all(some.map((order) => play(scenery, order, store)));
      const faults = results.flatMap((fault, m) => (fault ? `${some[m]?.join('')}: ${fault}` : []));
      if (faults.length > 0) return faults;
    }
  }
  return [];
}

test('in every order each message is answered once, in order, and what is shown is what is kept', async () => {
  expect(await playAll()).toEqual([]);
  expect(count).toBe(2_310 + 715);
});

test('without the fence before a post some orders go wrong, and the search finds them', async () => {
  const unfenced: Conversations = { ...conversations, confirm: async () => {} };
  expect((await playAll(unfenced)).join('\n')).toContain('shown: a beginning');
});

test('with a fence that is the attempt’s number alone it finds them too', async () => {
  const keyOf = (conversation: string) => `${prefix}:{${conversation}}:turn`;
  /** As if the open turn were the one that this worker took, whenever their numbers are the same. */
  async function asNow(turn: TakenTurn): Promise<TakenTurn> {
    const [first, attempt] = await redis.hmget(keyOf(turn.conversation), 'first', 'attempt');
    return attempt === String(turn.attempt) ? { ...turn, fence: `${first} ${attempt}` } : turn;
  }
  const numbered: Conversations = {
    ...conversations,
    save: async (turn, changes) => conversations.save(await asNow(turn), changes),
    commit: async (turn, result) => conversations.commit(await asNow(turn), result),
  };
  expect(await playAll(numbered)).not.toEqual([]);
});
