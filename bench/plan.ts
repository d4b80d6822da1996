/** What is written when, decided before the first message leaves, so that sending costs the machine as little as can be. */
import { createHmac } from 'node:crypto';
import { APP, BOT_USER, markOf, personAt, SIGNING_SECRET, TEAM } from './workspace.ts';

export interface Message {
  /** Ascending over the whole run. */
  id: number;
  user: string;
  channel: string;
  /** Slack's `ts` of the message. */
  ts: string;
  /** `ts` of the thread's root: the message's own, or that of an earlier message of the same person. */
  thread: string;
  /** When it is to be sent, in ms of this process's monotonic clock. */
  dueAt: number;
}

/** A thread is gone on with when its last message is this old, in ms: by then it is answered. */
const ANSWERED_AFTER_MS = 1_000;

let nextId = 1;
let nextPerson = 0;

/**
 * Messages at an even pace, each by the next person. A share of them goes on in that person's last thread; the others
 * open a new one.
 * @param options.startAt ms of the monotonic clock
 */
export function planMessages(options: {
  rate: number;
  seconds: number;
  people: number;
  history: number;
  startAt: number;
}): Message[] {
  const { rate, seconds, people, history, startAt } = options;
  const lastOf = new Map<string, Message>();
  const epoch = performance.timeOrigin;
  let owed = 0;
  return Array.from({ length: Math.round(rate * seconds) }, (_, n) => {
    const id = nextId++;
    const { user, channel } = personAt(nextPerson++ % people);
    const dueAt = startAt + (n * 1_000) / rate;
    const ms = Math.floor(epoch + dueAt);
    // Unique for a year of messages at any rate below 1,000 a second and person.
    const ts = `${Math.floor(ms / 1_000)}.${String((ms % 1_000) * 1_000 + (id % 1_000)).padStart(6, '0')}`;
    const last = lastOf.get(user);
    owed += history;
    const goesOn = owed >= 1 && last !== undefined && dueAt - last.dueAt >= ANSWERED_AFTER_MS;
    if (goesOn) owed -= 1;
    const message = { id, user, channel, ts, thread: goesOn ? last.thread : ts, dueAt };
    lastOf.set(user, message);
    return message;
  });
}

/**
 * The whole HTTP request of a message's event, signed as Slack signs (docs.slack.dev, "Verifying requests from Slack"),
 * with the body that Slack sends for a direct message ("message.im event", "Events API").
 */
export function requestOf(message: Message, port: number): Buffer {
  const { id, user, channel, ts, thread } = message;
  const text = `Could you tell me about ${markOf(id)}, please?`;
  const seconds = Number(ts.split('.')[0]);
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
      ...(thread === ts ? {} : { thread_ts: thread, parent_user_id: user }),
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
