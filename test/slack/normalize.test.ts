/** Which of Slack's messages are for us, by their shape alone. */
import { expect, test } from 'vitest';
import { normalize, type SlackMessage } from '../../adapters/slack/receive/normalize.ts';

const me = { teamId: 'T1', userId: 'UBOT', botId: 'BBOT', name: 'chasqui', scopes: [] };
const settings = { surface: 'agent', threadReplies: 'alone', answerBots: false } as const;
const read = (event: SlackMessage) =>
  normalize({ type: 'message', channel: 'D1', channel_type: 'im', user: 'U1', ts: '2.0', ...event }, me, settings);

test.each(['file_share', 'thread_broadcast', 'me_message', undefined])(
  'a message of subtype %s is heard',
  (subtype) => {
    expect(read({ ...(subtype ? { subtype } : {}), text: 'hi' })).toMatchObject({
      kind: 'message',
      condition: 'always',
      message: { id: '2.0', text: 'hi' },
    });
  },
);

test.each(['channel_join', 'channel_topic', 'huddle_thread', 'assistant_app_thread'])('%s is not', (subtype) => {
  expect(read({ subtype, text: 'hi' }).kind).toBe('ignore');
});

test('an empty thread_ts in a direct message is none', () => {
  expect(read({ thread_ts: '', text: 'hi' })).toMatchObject({ message: { to: { conversation: 'slack:T1:D1:2.0' } } });
});

test('app_mention and message of the same mention are the same message, in the same conversation', () => {
  const mention = { channel: 'C1', channel_type: 'channel', text: '<@UBOT> hi', ts: '3.0' };
  const { channel_type: _, ...asMention } = mention;
  const [one, two] = [read(mention), read({ ...asMention, channel_type: undefined, type: 'app_mention' })];
  expect(one).toEqual(two);
});

test('its own messages are ignored, whether they name its user or its bot', () => {
  expect(read({ user: 'UBOT', text: 'hi' })).toEqual({ kind: 'ignore', why: 'our own' });
  expect(read({ user: 'U1', bot_id: 'BBOT', text: 'hi' })).toEqual({ kind: 'ignore', why: 'our own' });
});

test('an edit keeps the table beside the text, and the preview of a link is no edit', () => {
  const table = { type: 'table', rows: [[{ type: 'raw_text', text: 'Item' }]] };
  const before = { ts: '1.0', user: 'U1', text: 'teh', blocks: [table] };
  const changed = (message: SlackMessage) => read({ subtype: 'message_changed', message, previous_message: before });
  expect(changed({ ...before, text: 'the' })).toMatchObject({ kind: 'amend', text: 'the\n\n| Item |\n| --- |' });
  const attachments = [{ from_url: 'https://example.com', text: 'A domain' }];
  expect(changed({ ...before, attachments }).kind).toBe('ignore');
});
