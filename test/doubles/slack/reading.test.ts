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

it('pages by a cursor that names a message: what is written meanwhile moves nothing', async () => {
  const client = webClient(slack);
  const channel = slack.general.id;
  const said = [1, 2, 3, 4].map((n) => slack.say(slack.ana.id, 'general', `message ${n}`));
  const texts = (answer: { messages?: { text?: string }[] }) => answer.messages?.map((message) => message.text);
  const first = await client.conversations.history({ channel, limit: 2 });
  expect([texts(first), first.has_more]).toEqual([['message 4', 'message 3'], true]);
  slack.say(slack.ben.id, 'general', 'meanwhile');
  const cursor = first.response_metadata?.next_cursor as string;
  expect(Buffer.from(cursor, 'base64').toString()).toBe(`next_ts:${said[1]?.ts.replace('.', '')}`);
  const second = await client.conversations.history({ channel, limit: 2, cursor });
  expect([texts(second), second.has_more, second.response_metadata?.next_cursor]).toEqual([
    ['message 2', 'message 1'],
    false,
    '',
  ]);
  const [one, two, three] = said.map(({ ts }) => ts) as [string, string, string];
  expect(texts(await client.conversations.history({ channel, oldest: one, latest: three }))).toEqual(['message 2']);
  const both = await client.conversations.history({ channel, oldest: two, latest: three, inclusive: true });
  expect(texts(both)).toEqual(['message 3', 'message 2']);
});

it('refuses bad limits, cursors and times, and places that the bot is not in', async () => {
  const client = webClient(slack);
  const channel = slack.general.id;
  const outside = slack.addChannel({ name: 'outside', bot: false });
  const secret = slack.addChannel({ name: 'secret', type: 'group', bot: false });
  const refused = (args: object) => refusal(client.conversations.history({ channel, ...args }));
  expect(await refused({ limit: 1_000 })).toBe('invalid_limit');
  expect(await refused({ limit: 0 })).toBe('invalid_limit');
  expect(await refused({ cursor: 'nonsense' })).toBe('invalid_cursor');
  expect(await refused({ oldest: 'yesterday' })).toBe('invalid_ts_oldest');
  expect(await refused({ channel: outside.id })).toBe('not_in_channel');
  expect(await refused({ channel: secret.id })).toBe('channel_not_found');
});

it('gives an app that is distributed outside the Marketplace 15 messages, once a minute', async () => {
  slack.settings.historyTier = 'commercial';
  slack.settings.limits = 'on';
  const client = webClient(slack);
  const channel = slack.general.id;
  for (let n = 0; n < 20; n++) slack.say(slack.ana.id, 'general', `message ${n}`);
  const history = await client.conversations.history({ channel, limit: 200 });
  expect([history.messages?.length, history.has_more]).toEqual([15, true]);
  await expect(client.conversations.history({ channel })).rejects.toMatchObject({ retryAfter: 60 });
  const root = slack.say(slack.ana.id, 'general', 'root');
  expect((await client.conversations.replies({ channel, ts: root.ts })).messages).toHaveLength(1);
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

it('lists user groups, their members and counts only when asked, disabled ones too', async () => {
  const client = webClient(slack);
  const group = slack.addUserGroup('friends', [slack.ana.id, slack.ben.id]);
  slack.addUserGroup('old', []).date_delete = 1_700_000_000;
  const plain = await client.usergroups.list();
  expect(plain.usergroups).toMatchObject([{ id: group.id, handle: 'friends', date_delete: 0 }]);
  expect(plain.usergroups?.[0]).not.toHaveProperty('users');
  expect(plain.usergroups?.[0]).not.toHaveProperty('user_count');
  const full = await client.usergroups.list({ include_users: true, include_count: true, include_disabled: true });
  expect(full.usergroups).toMatchObject([
    { users: [slack.ana.id, slack.ben.id], user_count: 2 },
    { handle: 'old', users: [] },
  ]);
  slack.settings.scopes = ['users:read'];
  expect(await refusal(client.usergroups.list())).toBe('missing_scope');
});
