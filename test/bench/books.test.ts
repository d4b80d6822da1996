import { beforeEach, describe, expect, it } from 'vitest';
import { createLedger, type Ledger } from '../../bench/ledger.ts';
import { followUpLoad, type Message, mixedLoad } from '../../bench/plan.ts';
import { createVisible, type Visible } from '../../bench/visible.ts';
import { ENDING, markOf } from '../../bench/workspace.ts';

const answerTo = (...messages: Message[]): string => `${messages.map(({ id }) => markOf(id)).join(' ')} is ${ENDING}`;
const placeOf = ({ root }: Message): string => `place ${root.id}`;

let ledger: Ledger;
let visible: Visible;
let messages: Message[];
let clock: number;

/** Two conversations: the first and third message stand in one, the second in another. */
beforeEach(() => {
  ledger = createLedger();
  visible = createVisible(ledger);
  clock = 0;
  const [first, other] = mixedLoad({ rate: 10, seconds: 0.2, people: 2, history: 0 }).plan(0) as [Message, Message];
  const [third] = followUpLoad([first], { rate: 10 }).plan(0) as [Message];
  messages = [first, other, third];
  ledger.begin(messages, placeOf);
  for (const { id } of messages) {
    ledger.sent(id, clock++);
    ledger.acked(id, true, clock++);
  }
});

const none = { lost: 0, doubled: 0, cut: 0, disordered: 0, misplaced: 0, refused: 0 };

function post(answered: Message, text = answerTo(answered), place = placeOf(answered)): string {
  const id = `post ${clock}`;
  visible.post(id, place, text, clock++);
  return id;
}

const at = (n: number): Message => messages[n] as Message;

describe("the bench's books", () => {
  it('finds nothing wrong when each is answered once, whole and in order', async () => {
    for (const message of messages) post(message);
    await ledger.settled(0);
    expect(ledger.books()).toMatchObject({ faults: none, messages: 3, answered: 3, joined: 0 });
  });

  it('counts one reply to several messages as an answer to each', () => {
    post(at(0), answerTo(at(0), at(2)));
    post(at(1));
    expect(ledger.books()).toMatchObject({ faults: none, answered: 3, joined: 1 });
  });

  it('sees a message that is not answered', () => {
    post(at(0));
    post(at(1));
    expect(ledger.books().faults).toEqual({ ...none, lost: 1 });
    expect(ledger.backlog()).toBe(1);
  });

  it('sees a second answer, also one that comes in a later round', () => {
    for (const message of messages) post(message);
    post(at(1));
    expect(ledger.books().faults).toEqual({ ...none, doubled: 1 });
    ledger.begin([], placeOf);
    post(at(1));
    expect(ledger.books().faults).toEqual({ ...none, doubled: 1 });
  });

  it('sees a text that was put twice into the same reply', () => {
    post(at(0));
    post(at(1));
    const id = post(at(2), answerTo(at(2)));
    visible.append(id, answerTo(at(2)), clock++);
    expect(ledger.books().faults).toEqual({ ...none, doubled: 1 });
  });

  it('takes edits and pieces of one reply for one answer, and knows when it is whole', () => {
    post(at(0));
    post(at(1));
    const id = post(at(2), `${markOf(at(2).id)} is`);
    expect(ledger.books().faults).toEqual({ ...none, cut: 1 });
    const whole = clock + 100;
    visible.append(id, ` ${ENDING}`, whole);
    visible.edit(id, answerTo(at(2)), whole + 1);
    const { faults, wholes, latencies } = ledger.books();
    expect(faults).toEqual(none);
    expect(wholes.at(-1)).toBe(whole - 4);
    expect(latencies.at(-1)).toBeLessThan(whole - 4);
  });

  it('sees answers in the wrong order, where the order could be known', () => {
    post(at(2));
    post(at(0));
    post(at(1));
    expect(ledger.books().faults).toEqual({ ...none, disordered: 1 });
  });

  it('sees an answer in the wrong place', () => {
    post(at(0));
    post(at(2));
    post(at(1), answerTo(at(1)), placeOf(at(0)));
    expect(ledger.books().faults).toEqual({ ...none, lost: 1, misplaced: 1 });
  });

  it('sees an event that was not taken', () => {
    ledger.begin([], placeOf);
    ledger.acked(at(0).id, false, clock);
    expect(ledger.books().faults).toEqual({ ...none, refused: 1 });
  });
});

describe('the plan of the load', () => {
  it('goes on with the given share of conversations, and never before their last message was answered', () => {
    const plan = mixedLoad({ rate: 100, seconds: 10, people: 50, history: 0.3 }).plan(0);
    const followUps = plan.filter(({ id, root }) => root.id !== id);
    expect(plan).toHaveLength(1_000);
    expect(followUps.length).toBeGreaterThan(250);
    expect(followUps.length).toBeLessThanOrEqual(300);
    const lastOf = new Map<number, Message>();
    for (const message of plan) {
      const last = lastOf.get(message.root.id);
      if (last) expect(message.dueAt - last.dueAt).toBeGreaterThanOrEqual(1_000);
      expect(last?.person ?? message.person).toBe(message.person);
      lastOf.set(message.root.id, message);
    }
  });

  it('goes on with given conversations in turn', () => {
    const conversations = mixedLoad({ rate: 10, seconds: 0.3, people: 3, history: 0 }).plan(0);
    const plan = followUpLoad(conversations, { rate: 10, times: 2 }).plan(0);
    const roots = conversations.map(({ id }) => id);
    expect(plan.map(({ root }) => root.id)).toEqual([...roots, ...roots]);
    expect(new Set([...conversations, ...plan].map(({ id }) => id)).size).toBe(9);
  });
});
