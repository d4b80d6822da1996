/** Slack as a platform of the bench: signed events over HTTP on their way in, the lean Web API of fake-slack.ts on the way out. */
import { createHmac } from 'node:crypto';
import { placeIn, startFakeSlack } from './fake-slack.ts';
import type { Ledger } from './ledger.ts';
import type { Message } from './plan.ts';
import type { Platform } from './platform.ts';
import { createWire, type Wire } from './wire.ts';
import { APP, BOT_TOKEN, BOT_USER, personAt, questionOf, SIGNING_SECRET, TEAM } from './workspace.ts';

export async function startSlack(ledger: Ledger): Promise<Platform> {
  const api = await startFakeSlack(ledger);
  let wire: Wire | undefined;
  return {
    name: 'slack',
    env: { SLACK_BOT_TOKEN: BOT_TOKEN, SLACK_SIGNING_SECRET: SIGNING_SECRET, SLACK_API_URL: api.apiUrl },
    calls: api.calls,
    refusals: api.refusals,
    placeOf: ({ person, root }) => placeIn(personAt(person).channel, tsOf(root)),
    prepare(messages, port) {
      wire ??= createWire(port);
      const { send } = wire;
      return messages.map((message) => {
        const request = requestOf(message, port);
        return (done) => send(request, (status) => done(status === 200));
      });
    },
    close() {
      wire?.close();
      api.close();
    },
  };
}

/** Slack's `ts` of a message; unique for a year at any rate below 1,000 a second. */
function tsOf({ id, writtenAt }: { id: number; writtenAt: number }): string {
  return `${Math.floor(writtenAt / 1_000)}.${String((writtenAt % 1_000) * 1_000 + (id % 1_000)).padStart(6, '0')}`;
}

/**
 * The whole HTTP request of a message's event, signed as Slack signs (docs.slack.dev, "Verifying requests from Slack"),
 * with the body that Slack sends for a direct message ("message.im event", "Events API").
 */
function requestOf(message: Message, port: number): Buffer {
  const { id, person, root } = message;
  const { user, channel } = personAt(person);
  const text = questionOf(id);
  const ts = tsOf(message);
  const seconds = Math.floor(message.writtenAt / 1_000);
  const body = JSON.stringify({
    token: 'benchVerificationToken',
    team_id: TEAM,
    context_team_id: TEAM,
    context_enterprise_id: null,
    api_app_id: APP,
    event: {
      user,
      type: 'message',
      ts,
      client_msg_id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
      text,
      team: TEAM,
      ...(root.id === id ? {} : { thread_ts: tsOf(root), parent_user_id: user }),
      blocks: [
        {
          type: 'rich_text',
          block_id: `b${id}`,
          elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
        },
      ],
      channel,
      event_ts: ts,
      channel_type: 'im',
    },
    type: 'event_callback',
    event_id: `Ev${String(id).padStart(10, '0')}`,
    event_time: seconds,
    authorizations: [
      { enterprise_id: null, team_id: TEAM, user_id: BOT_USER, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
    event_context: `4-${APP}-${id}`,
  });
  const mac = createHmac('sha256', SIGNING_SECRET).update(`v0:${seconds}:${body}`).digest('hex');
  const head = [
    'POST /slack/events HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)',
    'Accept: */*',
    'Content-Type: application/json',
    `X-Slack-Request-Timestamp: ${seconds}`,
    `X-Slack-Signature: v0=${mac}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
