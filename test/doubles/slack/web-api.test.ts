import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SlackDouble, startSlackDouble } from './index.ts';
import { refusal, webClient } from './sdk.ts';

let slack: SlackDouble;
beforeEach(async () => {
  slack = await startSlackDouble();
});
afterEach(() => slack.close());

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

describe('tokens and scopes', () => {
  it('auth.test names the bot and its scopes', async () => {
    const answer = await webClient(slack).auth.test();
    expect(answer).toMatchObject({ user_id: slack.ids.botUser, bot_id: slack.ids.bot, team_id: slack.ids.team });
    expect(answer.response_metadata?.scopes).toContain('chat:write');
  });

  it('refuses missing, wrong, revoked and misplaced tokens', async () => {
    expect(await refusal(webClient(slack, '').auth.test())).toBe('not_authed');
    expect(await refusal(webClient(slack, 'xoxb-other').auth.test())).toBe('invalid_auth');
    expect(await refusal(webClient(slack, slack.appToken).auth.test())).toBe('not_allowed_token_type');
    expect(await refusal(webClient(slack).apps.connections.open({}))).toBe('not_allowed_token_type');
    slack.settings.revoked = true;
    expect(await refusal(webClient(slack).auth.test())).toBe('token_revoked');
  });

  it('says which scope is missing', async () => {
    slack.settings.scopes = ['users:read'];
    const call = webClient(slack).chat.postMessage({ channel: slack.general.id, text: 'hi' });
    await expect(call).rejects.toMatchObject({
      data: { error: 'missing_scope', needed: 'chat:write', provided: 'users:read' },
    });
    const history = webClient(slack).conversations.history({ channel: slack.general.id });
    await expect(history).rejects.toMatchObject({ data: { error: 'missing_scope', needed: 'channels:history' } });
  });

  it('does not know other methods, and takes form, JSON and multipart', async () => {
    expect(await refusal(webClient(slack).apiCall('chat.shout', {}))).toBe('unknown_method');
    const post = (body: RequestInit['body'], type?: string) =>
      fetch(`${slack.apiUrl}/chat.postMessage`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${slack.botToken}`, ...(type ? { 'content-type': type } : {}) },
      }).then((answer) => answer.json() as Promise<{ ok: boolean; error?: string }>);
    const json = JSON.stringify({ channel: slack.general.id, text: 'by json' });
    expect(await post(json, 'application/json')).toMatchObject({ ok: true });
    const form = new FormData();
    form.set('channel', slack.general.id);
    form.set('text', 'by multipart');
    expect(await post(form)).toMatchObject({ ok: true });
    expect(await post('{"chan', 'application/json')).toEqual({ ok: false, error: 'invalid_json' });
    expect(await post('hello', 'text/plain')).toEqual({ ok: false, error: 'invalid_post_type' });
    expect(slack.visible('general').map((m) => m.text)).toEqual(['by json', 'by multipart']);
  });
});

describe('messages', () => {
  it('posts, edits, deletes; a person sees each version', async () => {
    const { chat } = webClient(slack);
    const { ts } = await chat.postMessage({ channel: slack.general.id, text: 'one', blocks: [section('*one*')] });
    expect(slack.visible('general')).toMatchObject([{ ts, text: '*one*', fallback: 'one', edited: false }]);
    await chat.update({ channel: slack.general.id, ts: ts as string, text: 'two' });
    expect(slack.visible('general')).toMatchObject([{ text: 'two', blocks: undefined, edited: true }]);
    await chat.delete({ channel: slack.general.id, ts: ts as string });
    expect(slack.visible('general')).toMatchObject([{ deleted: true, text: '' }]);
    expect(slack.versions('general', ts as string).map((v) => v.text)).toEqual(['*one*', 'two', '']);
    expect(await refusal(chat.update({ channel: slack.general.id, ts: ts as string, text: 'x' }))).toBe(
      'message_not_found',
    );
  });

  it('gives every message its own ascending ts', async () => {
    const { chat } = webClient(slack);
    const posts = await Promise.all(
      Array.from({ length: 30 }, (_, i) => chat.postMessage({ channel: slack.general.id, text: `${i}` })),
    );
    const seen = posts.map((post) => post.ts as string);
    expect(new Set(seen).size).toBe(30);
    expect(slack.visible('general').map((m) => m.ts)).toEqual([...seen].sort());
    expect(seen[0]).toMatch(/^\d{10}\.\d{6}$/);
  });

  it('opens the DM when it is written to by user id', async () => {
    const answer = await webClient(slack).chat.postMessage({ channel: slack.ana.id, text: 'hello' });
    expect(answer.channel).toBe(slack.dm(slack.ana.id).id);
    const opened = await webClient(slack).conversations.open({ users: slack.ana.id });
    expect(opened.channel?.id).toBe(answer.channel);
  });

  it('refuses places that are closed to the bot', async () => {
    const post = (channel: string, more = {}) =>
      refusal(webClient(slack).chat.postMessage({ channel, text: 'hi', ...more }));
    const outside = slack.addChannel({ name: 'outside', bot: false });
    const secret = slack.addChannel({ name: 'secret', type: 'group', bot: false });
    const old = slack.addChannel({ name: 'old', archived: true });
    expect(await post('C0NOTHERE')).toBe('channel_not_found');
    expect(await post(outside.id)).toBe('not_in_channel');
    expect(await post(secret.id)).toBe('channel_not_found');
    expect(await post(old.id)).toBe('is_archived');
    expect(await post(slack.general.id, { thread_ts: '1700000000.000001' })).toBe('thread_not_found');
    slack.settings.scopes = [...slack.settings.scopes, 'chat:write.public'];
    await webClient(slack).chat.postMessage({ channel: outside.id, text: 'hi' });
  });

  it('holds to the lengths', async () => {
    const { chat } = webClient(slack);
    const channel = slack.general.id;
    const post = (args: object) => refusal(chat.postMessage({ channel, ...args } as never));
    expect(await post({ text: ' ' })).toBe('no_text');
    expect(await post({ text: 'x'.repeat(40_001) })).toBe('msg_too_long');
    expect(await post({ markdown_text: 'x'.repeat(12_001) })).toBe('msg_too_long');
    expect(await post({ markdown_text: 'a', text: 'b' })).toBe('markdown_text_conflict');
    expect(await post({ text: 'a', blocks: '{' })).toBe('invalid_blocks_format');
    expect(await post({ text: 'a', blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) })).toBe(
      'invalid_blocks',
    );
    expect(await post({ text: 'a', blocks: [section('x'.repeat(3_001))] })).toBe('invalid_blocks');
    expect(await post({ text: 'a', blocks: [section('')] })).toBe('invalid_blocks');
    expect(await post({ text: 'a', blocks: [{ type: 'parade' }] })).toBe('invalid_blocks');
    const markdown = { type: 'markdown', text: 'x'.repeat(6_001) };
    expect(await post({ text: 'a', blocks: [markdown, markdown] })).toBe('msg_blocks_too_long');
    const { ts } = await chat.postMessage({ channel, text: 'x'.repeat(40_000) });
    const edit = (text: string) => chat.update({ channel, ts: ts as string, text });
    expect(await refusal(edit('x'.repeat(4_001)))).toBe('msg_too_long');
    await edit('x'.repeat(4_000));
  });

  it('takes the blocks that an answer is made of', async () => {
    const button = (value: string) => ({ text: { type: 'plain_text', text: value }, value });
    const cell = (text: string) => ({ type: 'raw_text', text });
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: 'Head' } },
      { type: 'markdown', text: '**bold**' },
      { type: 'divider' },
      { type: 'table', rows: [[cell('a'), cell('b')]] },
      { type: 'context', elements: [{ type: 'mrkdwn', text: 'by a model' }] },
      { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'rich' }] }] },
      { type: 'actions', elements: [{ type: 'button', action_id: 'b', text: { type: 'plain_text', text: 'go' } }] },
      {
        type: 'context_actions',
        elements: [
          { type: 'feedback_buttons', action_id: 'f', positive_button: button('good'), negative_button: button('bad') },
        ],
      },
    ];
    await webClient(slack).chat.postMessage({ channel: slack.general.id, text: 'a', blocks: blocks as never });
    expect(slack.visible('general')[0]?.text).toBe('Head\n**bold**\na | b\nby a model\nrich');
  });

  it('lets nobody edit what is not theirs, or too late', async () => {
    const { chat } = webClient(slack);
    const channel = slack.general.id;
    const said = slack.say(slack.ana.id, 'general', 'mine');
    expect(await refusal(chat.update({ channel, ts: said.ts, text: 'x' }))).toBe('cant_update_message');
    expect(await refusal(chat.delete({ channel, ts: said.ts }))).toBe('cant_delete_message');
    const { ts } = await chat.postMessage({ channel, text: 'ours' });
    slack.settings.editWindowMs = -1;
    expect(await refusal(chat.update({ channel, ts: ts as string, text: 'x' }))).toBe('edit_window_closed');
  });

  it('keeps metadata and gives it back only when asked', async () => {
    const client = webClient(slack);
    const channel = slack.general.id;
    const metadata = { event_type: 'turn', event_payload: { id: 't1' } };
    await client.chat.postMessage({ channel, text: 'a', metadata });
    const plain = await client.conversations.history({ channel });
    const full = await client.conversations.history({ channel, include_all_metadata: true });
    expect(plain.messages?.[0]?.metadata).toBeUndefined();
    expect(full.messages?.[0]?.metadata).toEqual(metadata);
    const bad = client.chat.postMessage({ channel, text: 'a', metadata: { event_type: 'x' } as never });
    expect(await refusal(bad)).toBe('invalid_metadata_schema');
  });

  it('posts twice for one client_msg_id, unless told to honour it', async () => {
    const args = { channel: slack.general.id, text: 'a', client_msg_id: 'k1' };
    const post = async () => (await webClient(slack).chat.postMessage(args)).ts;
    expect(await post()).not.toBe(await post());
    slack.settings.honoursClientMsgId = true;
    expect(await post()).toBe(await post());
    expect(slack.visible('general')).toHaveLength(2);
  });

  it('names whom a text would notify', async () => {
    const text = `<!here> <!subteam^S0TEAM> <@${slack.ana.id}> and \`<!channel>\``;
    await webClient(slack).chat.postMessage({ channel: slack.general.id, text });
    expect(slack.visible('general')[0]?.pings).toEqual(['@here', 'S0TEAM', slack.ana.id]);
  });
});
