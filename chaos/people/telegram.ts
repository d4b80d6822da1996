/** Telegram: updates by long polling, private chats and groups; nothing that was posted can be looked up. */
import { Refusal, type Strike, startTelegramDouble, TOKEN } from '../../test/doubles/telegram/index.ts';
import type { Chance } from '../prng.ts';
import { type CallFault, callFaults, type Weather } from '../weather.ts';
import { createPatience, LONG_WAIT_S } from './patience.ts';
import { lineOf, type Stage, type Talk } from './stage.ts';

/** A post that was taken so shortly before a process died may not have been noted. */
const UNNOTED_MS = 500;
const POSTS = new Set(['sendMessage', 'sendDocument']);

const tooMany = (seconds: number): Strike => ({
  refusal: new Refusal(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds }),
});
const STRIKES: Record<CallFault, Strike> = {
  busy: tooMany(1),
  'long-busy': tooMany(LONG_WAIT_S),
  'error-500': { status: 500 },
  'error-503': { status: 503 },
  hang: { hang: true },
  cut: { cut: true },
  'lost-answer': { lost: true },
  'false-error': { falseError: 500 },
};

export async function startTelegramStage(weather: Weather, chance: Chance): Promise<Stage> {
  const telegram = await startTelegramDouble({ longestPollMs: 1_000 });
  const patience = createPatience();
  const posts: number[] = [];
  const diary: string[] = [];
  let unnoted = 0;

  /** Updates are kept back for a moment, and come in their order. */
  function holdBack(): void {
    telegram.hold();
    setTimeout(telegram.release, chance.between(100, 2_000)).unref();
  }

  function talk(index: number, direct: boolean): Talk {
    const person = { id: 700_000 + index, is_bot: false, first_name: `Person ${index}` };
    const chat = direct ? person.id : -1_001_000_000_000 - index;
    telegram.addChat(chat);
    const called = (text: string) => (direct ? text : `@chasqui_bot ${text}`);
    return {
      async say(text) {
        if (weather.strikes('delay', 'telegram')) holdBack();
        const { message } = telegram.says(chat, called(text), { from: person });
        if (weather.strikes('redeliver', 'telegram')) telegram.redeliver();
        return { id: String(message), delivered: Promise.resolve(true), acknowledged: false };
      },
      edit: (id, text) => void telegram.edits(chat, Number(id), called(text), { from: person }),
      name: () => `telegram:${chat}`,
      look: async () => ({
        texts: telegram.shown(chat).map(({ text, file }) => (file === undefined ? text : `${text}\n${file}`)),
        unfinished: 0,
      }),
    };
  }

  const stage: Stage = {
    platform: 'telegram',
    mayDouble: true,
    env: { TELEGRAM_API_URL: telegram.url, TELEGRAM_BOT_TOKEN: TOKEN },
    receivers: [{ role: 'telegram' }],
    talk,
    beforeKill() {
      unnoted += posts.filter((at) => at > Date.now() - UNNOTED_MS).length;
    },
    doubtful: () =>
      unnoted + weather.countOf('lost-answer', 'telegram post') + weather.countOf('false-error', 'telegram post'),
    complaints: patience.complaints,
    diary: () => diary,
    async close() {
      telegram.release();
      await telegram.close();
    },
  };

  telegram.judgeCalls((method, params) => {
    const post = POSTS.has(method);
    const call = `telegram ${method} ${params.chat_id}`;
    patience.sees(call);
    diary.push(lineOf(Date.now(), method, params, 'called'));
    if (post) posts.push(Date.now());
    if (stage.onCall?.() && post) unnoted++;
    if (method === 'getUpdates') return undefined;
    for (const kind of callFaults) {
      if (!weather.strikes(kind, post ? 'telegram post' : 'telegram')) continue;
      if (kind === 'long-busy') patience.asked(call);
      return STRIKES[kind];
    }
    return undefined;
  });
  return stage;
}
