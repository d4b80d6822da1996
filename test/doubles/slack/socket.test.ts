import { SocketModeClient } from '@slack/socket-mode';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type SlackDouble, startSlackDouble } from './index.ts';
import { socketApp } from './sdk.ts';

type Envelope = {
  ack(body?: object): Promise<void>;
  body: { event_id: string; event: Record<string, unknown> };
  retry_num?: number;
  retry_reason?: string;
};

let slack: SlackDouble;
const clients: SocketModeClient[] = [];
beforeEach(async () => {
  slack = await startSlackDouble({ retryDelaysMs: [1, 5, 10] });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.disconnect()));
  await slack.close();
});

/** A connected client that hands every event to `take`. */
async function connect(take: (envelope: Envelope) => unknown, comeBackMs = 5_000): Promise<SocketModeClient> {
  const client = new SocketModeClient({
    appToken: slack.appToken,
    clientPingTimeout: comeBackMs,
    logger: {
      debug() {},
      info() {},
      warn() {},
      error() {},
      setLevel() {},
      getLevel: () => 'error',
      setName() {},
    } as never,
    clientOptions: { slackApiUrl: `${slack.apiUrl}/` },
  });
  clients.push(client);
  client.on('slack_event', take);
  await client.start();
  return client;
}

it('delivers an event and hears the acknowledgement', async () => {
  const seen: Envelope[] = [];
  await connect((envelope) => {
    seen.push(envelope);
    return envelope.ack();
  });
  const dm = slack.dm(slack.ana.id).id;
  const said = slack.say(slack.ana.id, dm, 'a < b & c');
  expect(await said.delivered).toMatchObject({ acked: true, attempts: 1, outcome: 'acked' });
  expect(seen[0]?.body.event).toMatchObject({
    type: 'message',
    channel_type: 'im',
    channel: dm,
    user: slack.ana.id,
    text: 'a &lt; b &amp; c',
    ts: said.ts,
  });
});

it('sends an unacknowledged event again, with the same id and the number of the attempt', async () => {
  slack.settings.ackTimeoutMs = 300;
  const seen: Envelope[] = [];
  await connect((envelope) => {
    seen.push(envelope);
    if (seen.length === 3) return envelope.ack();
  });
  const said = slack.say(slack.ana.id, slack.dm(slack.ana.id).id, 'hi');
  expect(await said.delivered).toMatchObject({ acked: true, attempts: 3 });
  expect(seen.map((e) => [e.retry_num, e.retry_reason])).toEqual([
    [0, ''],
    [1, 'timeout'],
    [2, 'timeout'],
  ]);
  expect(new Set(seen.map((e) => e.body.event_id)).size).toBe(1);
});

it('gives up after three retries', async () => {
  slack.settings.ackTimeoutMs = 20;
  await connect(() => {});
  const delivered = await slack.say(slack.ana.id, slack.dm(slack.ana.id).id, 'hi').delivered;
  expect(delivered).toMatchObject({ acked: false, attempts: 4, outcome: 'given_up' });
});

it('delivers what fell into a gap without a socket once there is one', async () => {
  slack.settings.retryDelaysMs = [60_000];
  const said = slack.say(slack.ana.id, slack.dm(slack.ana.id).id, 'hi');
  await connect((envelope) => envelope.ack());
  expect(slack.retryNow()).toBe(1);
  expect(await said.delivered).toMatchObject({ acked: true, attempts: 2 });
});

it('loses acknowledgements on request, and redelivers by hand', async () => {
  const seen: Envelope[] = [];
  await connect((envelope) => {
    seen.push(envelope);
    return envelope.ack();
  });
  slack.ignoreAcks(1);
  const delivered = await slack.say(slack.ana.id, slack.dm(slack.ana.id).id, 'hi').delivered;
  expect(delivered).toMatchObject({ acked: true, attempts: 2 });
  await slack.redeliver(delivered.eventId);
  expect(seen.map((e) => e.body.event_id)).toEqual(Array(3).fill(delivered.eventId));
});

it('spreads envelopes over several connections', async () => {
  const by = [0, 0];
  for (const i of [0, 1])
    await connect((envelope) => {
      by[i] = (by[i] as number) + 1;
      return envelope.ack();
    });
  expect(slack.socket.connections).toBe(2);
  const dm = slack.dm(slack.ana.id).id;
  await Promise.all([1, 2, 3, 4].map((n) => slack.say(slack.ana.id, dm, `${n}`).delivered));
  expect(by).toEqual([2, 2]);
});

it('tells clients to go away, and they come back', async () => {
  await connect((envelope) => envelope.ack(), 100);
  slack.socket.disconnect('refresh_requested');
  await slack.waitUntil(() => slack.socket.opened >= 2);
  await slack.waitUntil(() => slack.socket.connections === 1);
  slack.socket.drop();
  await slack.waitUntil(() => slack.socket.opened >= 3);
  expect(await slack.say(slack.ana.id, slack.dm(slack.ana.id).id, 'hi').delivered).toMatchObject({ acked: true });
});

it('hands out addresses that work once', async () => {
  const open = await fetch(`${slack.apiUrl}/apps.connections.open`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.appToken}` },
  });
  const { url } = (await open.json()) as { url: string };
  const connect = () =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(url);
      socket.addEventListener('message', (message) => {
        resolve((JSON.parse(String(message.data)) as { type: string }).type);
        socket.close();
      });
      socket.addEventListener('error', () => resolve('refused'));
    });
  expect([await connect(), await connect()]).toEqual(['hello', 'refused']);
});

it('sends a mention twice with one ts, an edit as a change, and only what was subscribed', async () => {
  slack.settings.echo = false;
  await connect((envelope) => envelope.ack());
  const said = slack.say(slack.ana.id, 'general', 'hello', { mention: true, mentionOrder: 'message_first' });
  await said.delivered;
  const [first, second] = slack.sent;
  expect([first?.event.type, second?.event.type]).toEqual(['message', 'app_mention']);
  expect(first?.event.ts).toBe(second?.event.ts);
  expect(first?.eventId).not.toBe(second?.eventId);
  await slack.edit('general', said.ts, `<@${slack.ids.botUser}> bye`);
  expect(slack.sent[2]?.event).toMatchObject({
    subtype: 'message_changed',
    message: { ts: said.ts, edited: { user: slack.ana.id } },
    previous_message: { ts: said.ts },
  });
  expect(slack.sent[3]?.event).toMatchObject({ type: 'app_mention', ts: said.ts, edited: { user: slack.ana.id } });
  await slack.remove('general', said.ts);
  expect(slack.sent[4]?.event).toMatchObject({ subtype: 'message_deleted', deleted_ts: said.ts });
  slack.settings.events.delete('message.channels');
  expect((await slack.say(slack.ben.id, 'general', 'hm').delivered).outcome).toBe('not_delivered');
});

it('serves a whole Bolt app: mention, stream, echo, button, command', async () => {
  const app = socketApp(slack);
  app.event('app_mention', async ({ event, client }) => {
    const to = { recipient_user_id: event.user, recipient_team_id: slack.ids.team };
    const { ts } = await client.chat.startStream({
      channel: event.channel,
      thread_ts: event.ts,
      ...to,
      markdown_text: 'Hi',
    });
    const side = (value: string) => ({ text: { type: 'plain_text' as const, text: value }, value });
    const feedback = {
      type: 'feedback_buttons',
      action_id: 'rate',
      positive_button: side('good'),
      negative_button: side('bad'),
    };
    const blocks = [{ type: 'context_actions', elements: [feedback] }];
    await client.chat.stopStream({ channel: event.channel, ts: ts as string, blocks } as never);
  });
  app.action('rate', async ({ ack, respond, action }) => {
    await ack();
    await respond(`thanks: ${(action as { value?: string }).value}`);
  });
  app.command('/chasqui', async ({ ack, command, respond }) => {
    await ack({ text: `so: ${command.text}` });
    await respond({ text: 'for all', response_type: 'in_channel' });
  });
  await app.start();
  try {
    const said = slack.say(slack.ana.id, 'general', 'hello', { mention: true });
    const answer = await slack.waitForMessage('general', (m) => m.stream === 'stopped', { thread_ts: said.ts });
    expect(() => slack.pressButton(slack.ana.id, 'general', answer.ts, 'other')).toThrow('no button');
    const pressed = await slack.pressButton(slack.ana.id, 'general', answer.ts, 'rate', 'bad');
    expect([pressed.acked, (await pressed.post()).text]).toEqual([true, 'thanks: bad']);
    const command = await slack.command(slack.ana.id, 'general', '/chasqui', 'help');
    expect(command).toMatchObject({ acked: true, body: { text: 'so: help' } });
    await slack.waitForMessage('general', (m) => m.text === 'for all');
    expect(slack.ephemerals.map((e) => e.text)).toEqual(['thanks: bad', 'so: help']);
    expect(slack.sent.some(({ event }) => event.bot_id !== undefined)).toBe(true);
  } finally {
    await app.stop();
  }
});
