/** What people and apps put into a message beside its text reaches the model: tables, forwards, alerts, files. */
import { afterEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { type SlackBot, type SlackBotOptions, startSlackBot } from '../support/slack.ts';

let bot: SlackBot | undefined;
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
});

async function start(options?: SlackBotOptions) {
  const { model, calls } = createTestModel(() => ['ok']);
  bot = await startSlackBot({ models: [model], ...options });
  const { slack, chasqui } = bot;
  const ana = slack.ana.id;
  const asked = async (count: number) =>
    (await calls.until(({ length }) => length >= count))[count - 1]?.question ?? '';
  return { slack, chasqui, calls, asked, ana, ben: slack.ben.id, dm: slack.dm(ana).id, general: slack.general.id };
}

const raw = (text: string) => ({ type: 'raw_text', text });
const rich = (text: string) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text, style: { bold: true } }] }],
});
const TABLE = {
  type: 'table',
  rows: [[raw('Item'), raw('Price')], [rich('Desk <oak>'), raw('310')], [raw('a|b')]],
};
const MARKDOWN = '| Item | Price |\n| --- | --- |\n| Desk <oak> | 310 |\n| a\\|b |  |';

test('a table is read, as an attachment and as a block', async () => {
  const { slack, asked, ana, general } = await start();
  const attachments = [{ id: 1, fallback: '[no preview available]', blocks: [TABLE] }];
  slack.say(ana, general, 'which costs most?', { mention: true, wire: { attachments } });
  expect(await asked(1)).toBe(`Ana: which costs most?\n\n${MARKDOWN}`);
  slack.say(ana, general, 'and here?', { mention: true, wire: { blocks: [TABLE] } });
  expect(await asked(2)).toBe(`Ana: and here?\n\n${MARKDOWN}`);
  slack.say(ana, general, '', { mention: true, wire: { attachments } });
  expect(await asked(3)).toBe(`Ana: ${MARKDOWN}`);
});

test('a forwarded message is read, with its files; previews of links are not', async () => {
  const { slack, asked, ana, dm } = await start();
  const share = { is_share: true, is_msg_unfurl: true, author_name: 'Ben', channel_id: 'C2', ts: '1799999000.000200' };
  const deploy = { ...share, text: 'Deploy failed at 14:02', from_url: 'https://example.slack.com/archives/C2/p17' };
  slack.say(ana, dm, '', { wire: { attachments: [deploy] } });
  expect(await asked(1)).toBe('Ana: Forwarded message: Ben: Deploy failed at 14:02');
  const preview = { from_url: 'https://example.com', title: 'Example', text: 'A domain', fallback: 'Example' };
  slack.say(ana, dm, 'what went wrong here?', { wire: { attachments: [preview, deploy] } });
  expect(await asked(2)).toBe('Ana: what went wrong here?\n\nForwarded message: Ben: Deploy failed at 14:02');
  const bare = { ...share, author_name: undefined, author_id: slack.ben.id, text: '' };
  const message_blocks = [{ team: 'T1', channel: 'C2', ts: '1', message: { blocks: [rich('only blocks'), TABLE] } }];
  slack.say(ana, dm, '', { wire: { attachments: [{ ...bare, message_blocks }] } });
  expect(await asked(3)).toBe(`Ana: Forwarded message: @Ben: only blocks\n\n${MARKDOWN}`);
  const file = { name: 'error.log', mimetype: 'text/plain', content: 'disk full' };
  const uploaded = slack.say(ana, dm, 'mine', { files: [file] });
  await asked(4);
  const sent = slack.sent.find(({ event }) => event.ts === uploaded.ts)?.event as { files?: unknown[] } | undefined;
  slack.say(ana, dm, '', { wire: { attachments: [{ ...bare, files: sent?.files }] } });
  expect(await asked(5)).toContain('File “error.log”:\n```\ndisk full\n```');
});

test('the alert at the root of a thread is there when someone asks about it', async () => {
  const { slack, asked, ana, general } = await start();
  const alert = {
    user: undefined,
    subtype: 'bot_message',
    bot_id: 'B9',
    username: 'Alertmanager',
    attachments: [
      { fallback: '[FIRING:1] DiskFull host-7', title: 'DiskFull', fields: [{ title: 'host', value: 'host-7' }] },
    ],
  };
  const root = slack.say(ana, general, '', { wire: alert });
  slack.say(ana, general, 'what is this?', { thread_ts: root.ts, mention: true });
  expect(await asked(1)).toBe(
    'Earlier in this thread:\nAlertmanager: DiskFull\n\nhost: host-7\n\nNow:\nAna: what is this?',
  );
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: 'Latency' } },
    { type: 'section', text: { type: 'mrkdwn', text: '*p99* is 4 s' }, fields: [{ type: 'mrkdwn', text: 'eu-1' }] },
    { type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'Mute' } }] },
  ];
  const wire = { ...alert, username: undefined, attachments: undefined, bot_profile: { name: 'Grafana' }, blocks };
  const second = slack.say(ana, general, 'Latency', { wire });
  slack.say(ana, general, 'and this?', { thread_ts: second.ts, mention: true });
  expect(await asked(2)).toContain('Grafana: Latency\n\n*p99* is 4 s\neu-1\n\nNow:');
});

test('a file at the root of a thread is read, and one of another kind is named', async () => {
  const { slack, asked, ana, ben, general } = await start();
  const files = [
    { name: 'error.log', mimetype: 'text/plain', content: 'disk full' },
    { name: 'photo.png', mimetype: 'image/png', content: new Uint8Array([137, 80]) },
  ];
  const { ts: thread_ts } = slack.say(ana, general, '', { files });
  slack.say(ben, general, 'what is wrong?', { thread_ts, mention: true });
  const question = await asked(1);
  expect(question).toContain('File “error.log”:\n```\ndisk full\n```');
  expect(question).toContain('[attached: error.log, photo.png]');
  expect(question).toMatch(/^Earlier in this thread:\nAna: [\s\S]*Now:\nBen: what is wrong\?$/);
});

test('a partner’s file, of which the event has only the id, is read', async () => {
  const { slack, asked, chasqui, ana, general } = await start();
  const file = { name: 'plan.md', mimetype: 'text/markdown', content: '# Plan', access: 'check_file_info' as const };
  const { ts } = slack.say(ana, general, '', { mention: true, files: [file] });
  expect(await asked(1)).toBe('Ana: \n\nFile “plan.md”:\n```\n# Plan\n```\n[attached: plan.md]');
  await chasqui.turns(1);
  const [turn] = await chasqui.conversations.history(`slack:${slack.ids.team}:${general}:${ts}`);
  expect(turn?.user[0]?.attachments).toMatchObject([{ name: 'plan.md', mediaType: 'text/markdown' }]);
  slack.fault('files.info', { error: 'file_not_found' });
  slack.say(ana, general, '', { mention: true, files: [file] });
  expect(await asked(2)).toContain('[attached: file]');
});

test.each([{ status: 500 }, { cut: true }, { ratelimited: 1 }] as const)(
  'a file whose download fails once with %o is fetched again',
  async (fault) => {
    const { slack, asked, ana, dm } = await start();
    const struck = slack.fault('files.download', fault);
    slack.say(ana, dm, 'read it', { files: [{ name: 'a.txt', mimetype: 'text/plain', content: 'the words' }] });
    expect(await asked(1)).toContain('the words');
    expect(struck.hits).toBe(1);
  },
);

test('who posts by way of an app is a person; bots are not answered, and that is logged', async () => {
  const { slack, chasqui, asked, calls, ana, general } = await start();
  const app = { bot_id: 'B7', app_id: 'A7', bot_profile: { id: 'B7', name: 'Voice desk' } };
  slack.say(ana, general, 'status?', { mention: true, wire: app });
  expect(await asked(1)).toBe('Ana: status?');
  const robot = slack.addUser({ name: 'robot', is_bot: true });
  slack.general.members.add(robot.id);
  await slack.say(robot.id, general, 'me too', { mention: true, wire: app }).delivered;
  await slack.sayAsBot(general, `<@${slack.ids.botUser}> and me`).delivered;
  slack.say(ana, general, 'last', { mention: true });
  await asked(2);
  expect(calls.items.map(({ question }) => question)).toEqual(['Ana: status?', 'Ana: last']);
  expect(chasqui.lines.map(({ msg }) => msg)).toContain('a bot called; conversation.answer_bots is off');
});

test('whether it is a person is asked again when Slack did not answer', async () => {
  const { slack, asked, ana, general } = await start({ slack: { retryDelaysMs: [10, 10, 10], ackTimeoutMs: 300 } });
  slack.fault('users.info', { status: 503 }, { times: 2 });
  slack.say(ana, general, 'status?', { mention: true, wire: { bot_id: 'B7' } });
  expect(await asked(1)).toBe('Ana: status?');
});

test('of a thread of 320 replies the newest are read', async () => {
  const { slack, asked, ana, ben, general } = await start();
  slack.settings.events.delete('message.channels');
  const { ts: thread_ts } = slack.say(ben, general, 'When shall we meet?');
  for (let n = 0; n < 319; n++) slack.say(ben, general, `reply ${n}`, { thread_ts });
  slack.say(ben, general, 'we chose Friday', { thread_ts });
  slack.say(ana, general, 'what did we choose?', { thread_ts, mention: true });
  const question = await asked(1);
  expect(question).toContain('Ben: When shall we meet?');
  expect(question).toContain('Ben: reply 318\nBen: we chose Friday');
});
