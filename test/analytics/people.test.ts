/** Whether people come back: counted by day and cohort, without keeping anybody. */
import { expect, test } from 'vitest';
import { openFigures } from './figures.ts';

// Mondays: 2026-09-07, -14, -21; 2026-10-05.
const people = (...names: string[]): string[] => names;

test('new and returning people are told apart, each once a day, over all processes', async () => {
  const figures = openFigures();
  figures.travelTo('2026-09-07');
  await figures.answered(people('ana', 'ben', 'ana'));
  await figures.answered(people('ana'), {}, figures.open());
  figures.travelTo('2026-09-08');
  await figures.answered(people('ana', 'cem'));
  const view = await figures.days.people(7, figures.now());
  expect(view.active).toEqual({ day: 2, week: 3, month: 3 });
  expect(view.days.day.slice(-2)).toEqual(['2026-09-07', '2026-09-08']);
  expect(view.days.active.slice(-2)).toEqual([2, 2]);
  expect(view.days.fresh.slice(-2)).toEqual([2, 1]);
  expect(view.days.returning.slice(-2)).toEqual([0, 1]);
  expect(view.days.messages.slice(-2)).toEqual([4, 2]);
  expect(view.messagesPerPerson).toBe(2);
});

test('who comes back after exactly 1, 7 and 30 days is counted in the cohort of their first week', async () => {
  const figures = openFigures();
  figures.travelTo('2026-09-07');
  await figures.answered(people('ana', 'ben', 'cem'));
  for (const [date, who] of [
    ['2026-09-08', people('ana', 'ben')],
    ['2026-09-10', people('cem')],
    ['2026-09-14', people('ana')],
    ['2026-10-07', people('ben')],
  ] as const) {
    figures.travelTo(date);
    await figures.answered([...who]);
  }
  const [cohort] = (await figures.days.people(30, figures.now())).cohorts;
  expect(cohort).toMatchObject({
    week: '2026-09-07',
    people: 3,
    d1: { came: 2, of: 3 },
    d7: { came: 1, of: 3 },
    d30: { came: 1, of: 3 },
  });
  // All three in the first week, ana in the second, ben in the fifth; the sixth has not begun.
  expect(cohort?.weeks.slice(0, 6)).toEqual([3, 1, 0, 0, 1, null]);
});

test('a day that has not come yet counts nobody as lost', async () => {
  const figures = openFigures();
  figures.travelTo('2026-09-07');
  await figures.answered(people('ana'));
  figures.travelTo('2026-09-09');
  await figures.answered(people('ben'));
  const [cohort] = (await figures.days.people(30, figures.now())).cohorts;
  expect(cohort).toMatchObject({ people: 2, d1: { came: 0, of: 1 }, d7: { came: 0, of: 0 } });
});

test('people, waits and judgements by platform, channel and model; beyond the bound channels are counted together', async () => {
  const figures = openFigures({ namesMost: 2 });
  await figures.answered(people('ana', 'ben'), { platform: 'slack', channel: 'aaa', model: 'm1', waitingMs: 2_000 });
  await figures.answered(people('ana'), { platform: 'discord', channel: 'bbb', model: 'm2' });
  await figures.answered(people('cem'), { platform: 'discord', channel: 'ccc', model: 'm2' });
  await figures.answered(people('dan'), { platform: 'discord', channel: 'ddd', model: 'm2' });
  const at = figures.now();
  figures.analytics.record({ type: 'feedback', at, platform: 'slack', model: 'm1', good: true });
  figures.analytics.record({ type: 'feedback', at, platform: 'slack', model: 'm1', good: false });
  figures.analytics.record({ type: 'reason', reason: 'wrong' });
  await figures.analytics.flush();
  const view = await figures.days.people(7, at);
  const [first, second] = view.by.platform;
  expect(first).toMatchObject({ name: 'discord', people: 3, messages: 3, good: 0 });
  expect(second).toMatchObject({ name: 'slack', people: 2, messages: 2, good: 1, bad: 1 });
  expect(second?.medianWaitMs).toBeGreaterThan(1_700);
  expect(second?.medianWaitMs).toBeLessThan(2_300);
  expect(view.by.channel.map(({ name, people: count }) => [name, count])).toEqual([
    ['aaa', 2],
    ['other', 2],
    ['bbb', 1],
  ]);
  expect(view.by.model.map(({ name }) => name)).toEqual(['m2', 'm1']);
  expect(view).toMatchObject({ good: 1, bad: 1, reasons: [{ reason: 'wrong', count: 1 }] });
});

test('nothing in Redis names a person', async () => {
  const figures = openFigures();
  await figures.answered(people('U0ANA1234'), { platform: 'slack' });
  const keys = await figures.redis.keys(`${figures.prefix}:{analytics}:*`);
  expect(keys.length).toBeGreaterThan(5);
  for (const key of keys) expect((await figures.redis.dumpBuffer(key)).toString('latin1')).not.toContain('U0ANA1234');
});

test('who has been away for longer than figures are kept, or is one too many, is forgotten', async () => {
  const figures = openFigures({ keepMs: 30 * 86_400_000, peopleMost: 3 });
  const known = () => figures.redis.zcard(`${figures.prefix}:{analytics}:people:seen`);
  // Trimming comes once an hour.
  figures.travelTo('2027-01-04');
  await figures.answered(people('ana'));
  expect(await known()).toBe(1);
  figures.travelTo('2027-02-20');
  await figures.answered(people('ben', 'cem', 'dan', 'eve'));
  expect(await known()).toBe(3);
  expect(await figures.redis.hlen(`${figures.prefix}:{analytics}:people:first`)).toBe(3);
  const cohorts = await figures.redis.hkeys(`${figures.prefix}:{analytics}:cohorts`);
  expect(cohorts).toEqual([`${Date.parse('2027-02-15') / 86_400_000}|w0`]);
});
