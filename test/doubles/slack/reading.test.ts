import { afterEach, beforeEach, expect, it } from 'vitest';
import { type SlackDouble, startSlackDouble } from './index.ts';
import { refusal, webClient } from './sdk.ts';

let slack: SlackDouble;
beforeEach(async () => {
  slack = await startSlackDouble();
});
afterEach(() => slack.close());

it('pages through history, newest first, and through a thread, oldest first', async () => {
  const client = webClient(slack);
  const channel = slack.general.id;
  const root = slack.say(slack.ana.id, 'general', 'root');
  for (const n of [1, 2, 3]) slack.say(slack.ben.id, 'general', `reply ${n}`, { thread_ts: root.ts });
  slack.say(slack.ana.id, 'general', 'last');
  const first = await client.conversations.history({ channel, limit: 1 });
  expect(first.messages?.map((m) => m.text)).toEqual(['last']);
  const second = await client.conversations.history({
    channel,
    limit: 1,
    cursor: first.response_metadata?.next_cursor as string,
  });
  expect(second.messages).toMatchObject([{ text: 'root', reply_count: 3, reply_users: [slack.ben.id] }]);
  const thread = await client.conversations.replies({ channel, ts: root.ts });
  expect(thread.messages?.map((m) => m.text)).toEqual(['root', 'reply 1', 'reply 2', 'reply 3']);
  const later = await client.conversations.replies({
    channel,
    ts: root.ts,
    oldest: thread.messages?.[2]?.ts as string,
  });
  expect(later.messages?.map((m) => m.text)).toEqual(['root', 'reply 3']);
  const since = await client.conversations.history({ channel, oldest: root.ts });
  expect(since.messages?.map((m) => m.text)).toEqual(['last']);
  expect(await refusal(client.conversations.replies({ channel, ts: '1.000001' }))).toBe('thread_not_found');
});

it('leaves a tombstone where a deleted message has replies', async () => {
  const root = slack.say(slack.ana.id, 'general', 'root');
  slack.say(slack.ben.id, 'general', 'reply', { thread_ts: root.ts });
  const gone = slack.say(slack.ana.id, 'general', 'alone');
  void slack.remove('general', root.ts);
  void slack.remove('general', gone.ts);
  const history = await webClient(slack).conversations.history({ channel: slack.general.id });
  expect(history.messages).toMatchObject([{ subtype: 'tombstone', ts: root.ts }]);
});

it('knows people, the bot, channels and their members', async () => {
  const client = webClient(slack);
  const user = await client.users.info({ user: slack.ana.id });
  expect(user.user).toMatchObject({ name: 'ana', profile: { display_name: 'Ana' }, is_bot: false });
  expect(await refusal(client.users.info({ user: 'U0NOBODY' }))).toBe('user_not_found');
  expect((await client.bots.info({ bot: slack.ids.bot })).bot?.user_id).toBe(slack.ids.botUser);
  const dm = await client.conversations.info({ channel: slack.dm(slack.ana.id).id });
  expect(dm.channel).toMatchObject({ is_im: true, user: slack.ana.id });
  const members = await client.conversations.members({ channel: slack.general.id });
  expect(members.members).toEqual([slack.ana.id, slack.ben.id, slack.ids.botUser]);
});

it('lists the places that the bot is in, page by page', async () => {
  const client = webClient(slack);
  slack.addChannel({ name: 'outside', bot: false });
  const dm = slack.dm(slack.ana.id).id;
  const first = await client.users.conversations({ types: 'public_channel,im', limit: 1 });
  const cursor = first.response_metadata?.next_cursor as string;
  const second = await client.users.conversations({ types: 'public_channel,im', limit: 1, cursor });
  expect([first, second].map((page) => page.channels?.[0]?.id)).toEqual([slack.general.id, dm]);
  expect(second.response_metadata?.next_cursor).toBe('');
  const all = await client.conversations.list();
  expect(all.channels?.map((c) => c.name)).toEqual(['general', 'outside']);
});

it('gives a private file to the token only, and a login page to others', async () => {
  slack.say(slack.ana.id, 'general', 'look', {
    files: [{ name: 'n.txt', mimetype: 'text/plain', content: 'words' }],
  });
  const history = await webClient(slack).conversations.history({ channel: slack.general.id });
  const file = history.messages?.[0]?.files?.[0];
  expect(file).toMatchObject({ name: 'n.txt', size: 5, mimetype: 'text/plain' });
  const get = (headers = {}) => fetch(file?.url_private as string, { headers });
  const bare = await get();
  expect([bare.status, bare.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const good = await get({ authorization: `Bearer ${slack.botToken}` });
  expect([good.headers.get('content-type'), await good.text()]).toEqual(['text/plain', 'words']);
  expect((await webClient(slack).files.info({ file: file?.id as string })).file?.name).toBe('n.txt');
});

it('reacts once', async () => {
  const client = webClient(slack);
  const said = slack.say(slack.ana.id, 'general', 'hi');
  const eyes = { channel: slack.general.id, timestamp: said.ts, name: 'eyes' };
  await client.reactions.add(eyes);
  expect(await refusal(client.reactions.add(eyes))).toBe('already_reacted');
  expect((await client.reactions.get(eyes)).message?.reactions).toMatchObject([{ name: 'eyes', count: 1 }]);
  expect(slack.visible('general')[0]?.reactions).toEqual(['eyes']);
});

it('shows an ephemeral message to one person', async () => {
  const post = (user: string) => webClient(slack).chat.postEphemeral({ channel: slack.general.id, user, text: 'psst' });
  await post(slack.ana.id);
  expect(await slack.waitForEphemeral((e) => e.user === slack.ana.id)).toMatchObject({ text: 'psst' });
  expect(slack.visible('general')).toEqual([]);
  expect(await refusal(post('U0NOBODY'))).toBe('user_not_in_channel');
});
