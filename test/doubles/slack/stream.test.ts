import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SlackDouble, startSlackDouble } from './index.ts';
import { refusal, webClient } from './sdk.ts';

let slack: SlackDouble;
beforeEach(async () => {
  slack = await startSlackDouble();
});
afterEach(() => slack.close());

/** Opens a stream under a new message of Ana's in #general. */
async function open(markdown_text?: string) {
  const { chat } = webClient(slack);
  const channel = slack.general.id;
  const thread = slack.say(slack.ana.id, 'general', 'question').ts;
  const recipient = { recipient_user_id: slack.ana.id, recipient_team_id: slack.ids.team };
  const started = await chat.startStream({ channel, thread_ts: thread, ...recipient, markdown_text });
  return { chat, channel, thread, ts: started.ts as string };
}

describe('streams', () => {
  it('grows as it is appended to and ends with blocks and metadata', async () => {
    const { chat, channel, thread, ts } = await open('Hello');
    expect(slack.visible('general', { thread_ts: thread })[1]).toMatchObject({ text: 'Hello', streaming: true });
    await chat.appendStream({ channel, ts, markdown_text: ' **world**' });
    const blocks = [{ type: 'context', elements: [{ type: 'mrkdwn', text: 'by a model' }] }];
    const metadata = { event_type: 'turn', event_payload: { id: 't1' } };
    await chat.stopStream({ channel, ts, markdown_text: '!', blocks, metadata } as never);
    expect(slack.visible('general', { thread_ts: thread })[1]).toMatchObject({
      text: 'Hello **world**!\nby a model',
      streaming: false,
      stream: 'stopped',
      metadata,
    });
    expect(slack.versions('general', ts).map((v) => v.text)).toEqual([
      'Hello',
      'Hello **world**',
      'Hello **world**!\nby a model',
    ]);
  });

  it('wants a thread, and in channels a recipient', async () => {
    const { chat, channel, thread } = await open();
    const dm = slack.dm(slack.ana.id);
    const start = (args: object) => refusal(chat.startStream({ markdown_text: 'a', ...args } as never));
    expect(await start({ channel })).toBe('invalid_arguments');
    expect(await start({ channel: dm.id })).toBe('invalid_arguments');
    expect(await start({ channel, thread_ts: '1.000001' })).toBe('thread_not_found');
    expect(await start({ channel, thread_ts: thread })).toBe('missing_recipient_user_id');
    expect(await start({ channel, thread_ts: thread, recipient_user_id: slack.ana.id })).toBe(
      'missing_recipient_team_id',
    );
    const inDm = slack.say(slack.ana.id, dm.id, 'hi').ts;
    await chat.startStream({ channel: dm.id, thread_ts: inDm, markdown_text: 'a' } as never);
  });

  it('holds to 12,000 characters a call and to one way of streaming', async () => {
    const { chat, channel, ts } = await open('a');
    const append = (args: object) => refusal(chat.appendStream({ channel, ts, ...args } as never));
    expect(await append({ markdown_text: 'x'.repeat(12_001) })).toBe('msg_too_long');
    expect(await append({})).toBe('markdown_text_or_chunks_required');
    const chunks = [{ type: 'markdown_text', text: 'b' }];
    expect(await append({ chunks })).toBe('streaming_mode_mismatch');
    expect(await append({ chunks, markdown_text: 'b' })).toBe('cannot_provide_both_markdown_text_and_chunks');
    await chat.appendStream({ channel, ts, markdown_text: 'x'.repeat(12_000) });
  });

  it('refuses edits while it is open, and appends once it is closed', async () => {
    const { chat, channel, ts } = await open('a');
    expect(await refusal(chat.update({ channel, ts, text: 'b' }))).toBe('streaming_state_conflict');
    await chat.stopStream({ channel, ts });
    expect(await refusal(chat.appendStream({ channel, ts, markdown_text: 'b' }))).toBe(
      'message_not_in_streaming_state',
    );
    expect(await refusal(chat.stopStream({ channel, ts }))).toBe('message_not_in_streaming_state');
    const blocks = [{ type: 'markdown', text: '**b**' }];
    await chat.update({ channel, ts, text: 'b', blocks } as never);
    expect(slack.visible('general', { all: true }).at(-1)).toMatchObject({ text: '**b**', fallback: 'b' });
    const foreign = slack.say(slack.ana.id, 'general', 'mine').ts;
    expect(await refusal(chat.appendStream({ channel, ts: foreign, markdown_text: 'b' }))).toBe(
      'message_not_owned_by_app',
    );
  });

  it('closes when nothing was appended for too long; an edit is then allowed', async () => {
    const { chat, channel, ts } = await open('a');
    slack.settings.streamIdleMs = 0;
    expect(await refusal(chat.appendStream({ channel, ts, markdown_text: 'b' }))).toBe(
      'message_not_in_streaming_state',
    );
    await chat.update({ channel, ts, text: 'whole' });
    expect(slack.visible('general', { all: true }).at(-1)).toMatchObject({ text: 'whole', stream: 'expired' });
  });
});

describe('agent sessions', () => {
  const session = (status: string, more = {}) => ({ channel_id: slack.general.id, status, ...more });

  it('are made by the first status, with its title, and follow the next ones', async () => {
    const { thread } = await open('a');
    const { agents } = webClient(slack);
    await agents.sessions.setStatus(session('processing', { thread_ts: thread, title: 'First' }));
    await agents.sessions.setStatus(session('active', { thread_ts: thread, title: 'Second' }));
    expect(slack.session('general', thread)).toMatchObject({ title: 'First', history: ['processing', 'active'] });
    await agents.sessions.rename({ channel_id: slack.general.id, thread_ts: thread, title: 'Third' });
    expect(slack.session('general', thread)?.title).toBe('Third');
  });

  it('refuses wrong statuses, places and apps, and warns without the stop event', async () => {
    const { thread } = await open('a');
    const { agents } = webClient(slack);
    const set = (args: object) => refusal(agents.sessions.setStatus(args as never));
    expect(await set(session('busy', { thread_ts: thread }))).toBe('invalid_status');
    expect(await set(session('active'))).toBe('thread_ts_required');
    const rename = agents.sessions.rename({ channel_id: slack.general.id, thread_ts: thread, title: 'x' });
    expect(await refusal(rename)).toBe('session_not_found');
    slack.settings.events.delete('agent_session_stopped');
    const answer = await agents.sessions.setStatus(session('processing', { thread_ts: thread }));
    expect(answer.warning).toBe('missing_agent_session_stopped_event_subscription');
    slack.settings.surface = 'plain';
    expect(await set(session('active', { thread_ts: thread }))).toBe('feature_disabled');
  });

  it('become active when their stream ends', async () => {
    const { chat, channel, thread, ts } = await open('a');
    await webClient(slack).agents.sessions.setStatus(session('processing', { thread_ts: thread }));
    await chat.stopStream({ channel, ts });
    expect(slack.session('general', thread)?.status).toBe('active');
  });

  it('are stopped by a person: the stream takes no more, the status stays', async () => {
    const { chat, channel, thread, ts } = await open('a');
    expect(() => slack.pressStop(slack.ana.id, 'general', thread)).toThrow('no stop button');
    await webClient(slack).agents.sessions.setStatus(session('processing', { thread_ts: thread }));
    void slack.pressStop(slack.ana.id, 'general', thread);
    expect(slack.sent.at(-1)?.event).toMatchObject({ type: 'agent_session_stopped', streaming_message_ts: [ts] });
    expect(await refusal(chat.appendStream({ channel, ts, markdown_text: 'b' }))).toBe('stopped_by_user');
    expect(slack.session('general', thread)?.status).toBe('processing');
    await chat.update({ channel, ts, text: 'a (stopped)' });
  });

  it('show suggested prompts without a thread, and silently none with one', async () => {
    const { assistant } = webClient(slack);
    const dm = slack.dm(slack.ana.id).id;
    const prompts = [{ title: 'One', message: 'first' }];
    await assistant.threads.setSuggestedPrompts({ channel_id: dm, prompts, thread_ts: '1700000000.000001' } as never);
    expect(slack.prompts(dm)).toBeUndefined();
    await assistant.threads.setSuggestedPrompts({ channel_id: dm, prompts } as never);
    expect(slack.prompts(dm)?.prompts).toEqual(prompts);
    const five = Array.from({ length: 5 }, () => prompts[0]);
    expect(await refusal(assistant.threads.setSuggestedPrompts({ channel_id: dm, prompts: five } as never))).toBe(
      'invalid_arguments',
    );
  });
});

describe('assistant threads (assistant_view)', () => {
  it('take prompts, a title and a status that the reply clears', async () => {
    slack.settings.surface = 'assistant';
    const { assistant, chat } = webClient(slack);
    const { channel, thread_ts } = slack.openAssistantThread(slack.ana.id);
    const place = { channel_id: channel, thread_ts };
    await assistant.threads.setSuggestedPrompts({ ...place, prompts: [{ title: 'One', message: 'first' }] } as never);
    await assistant.threads.setTitle({ ...place, title: 'Talk' });
    await assistant.threads.setStatus({ ...place, status: 'is thinking…' });
    expect(slack.threadStatus(channel, thread_ts)).toBe('is thinking…');
    await chat.postMessage({ channel, thread_ts, text: 'done' });
    expect(slack.threadStatus(channel, thread_ts)).toBeUndefined();
    expect(slack.threadTitle(channel, thread_ts)).toBe('Talk');
    expect(slack.prompts(channel, thread_ts)?.prompts).toHaveLength(1);
    const lost = assistant.threads.setStatus({ channel_id: channel, thread_ts: '1.000001', status: 'x' });
    expect(await refusal(lost)).toBe('invalid_thread_ts');
  });
});
