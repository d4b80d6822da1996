/** WhatsApp's Cloud API: signed deliveries, whole answers, and no way to look up what was sent. */
import { type Fault, startWhatsAppDouble } from '../../test/doubles/whatsapp-cloud/index.ts';
import type { Chance } from '../prng.ts';
import { type CallFault, callFaults, type Weather } from '../weather.ts';
import { createPatience, LONG_WAIT_S } from './patience.ts';
import { lineOf, type Stage, type Talk } from './stage.ts';

/** Meta goes on for days. */
const RETRY_DELAYS_MS = [50, 400, 1_000, 2_000, 3_000, 4_000, ...Array(20).fill(5_000)];
/** A post that was taken so shortly before a process died may not have been noted. */
const UNNOTED_MS = 500;
const CALLS = ['messages', 'read', 'phone'] as const;

const FAULTS: Record<CallFault, Fault> = {
  busy: { code: 130429, status: 429, retryAfter: 1 },
  'long-busy': { code: 4, status: 429, retryAfter: LONG_WAIT_S },
  'error-500': { code: 131000, status: 500 },
  'error-503': { status: 503 },
  hang: { hang: true },
  cut: { cut: true },
  'lost-answer': { applyThenCut: true },
  'false-error': { applyThenStatus: 500 },
};

export async function startWhatsAppStage(weather: Weather, chance: Chance): Promise<Stage> {
  const whatsapp = await startWhatsAppDouble({
    retryDelaysMs: RETRY_DELAYS_MS,
    eventDelayMs: () => (weather.strikes('delay', 'whatsapp') ? chance.between(100, 2_000) : 0),
  });
  const patience = createPatience();
  let unnoted = 0;

  function talk(index: number): Talk {
    const person = whatsapp.addPerson({ waId: `1555${1_000_000 + index}`, name: `Person ${index}` });
    return {
      async say(text) {
        if (weather.strikes('lost-ack', 'whatsapp')) whatsapp.ignoreAcks(1);
        const said = whatsapp.say(person, text);
        const body = whatsapp.sent.at(-1) as string;
        const delivered = said.delivered.then(({ acked }) => {
          if (weather.strikes('redeliver', 'whatsapp')) void whatsapp.redeliver(body);
          return acked;
        });
        return { id: said.id, delivered };
      },
      edit: (id, text) => void whatsapp.edit(person, id, text),
      remove: (id) => void whatsapp.revoke(person, id),
      name: () => `whatsapp:${whatsapp.phoneNumberId}:${person.waId}`,
      look: async () => ({ texts: whatsapp.visible(person).map(({ text }) => text), unfinished: 0 }),
    };
  }

  const stage: Stage = {
    platform: 'whatsapp',
    mayDouble: true,
    env: {
      WHATSAPP_API_URL: whatsapp.apiUrl,
      WHATSAPP_ACCESS_TOKEN: whatsapp.accessToken,
      WHATSAPP_PHONE_NUMBER_ID: whatsapp.phoneNumberId,
      WHATSAPP_APP_SECRET: whatsapp.appSecret,
      WHATSAPP_VERIFY_TOKEN: whatsapp.verifyToken,
    },
    receivers: [{ role: 'whatsapp' }],
    async connect([address]) {
      await whatsapp.deliverTo(`${address}/whatsapp/webhook`);
    },
    talk,
    beforeKill() {
      const since = Date.now() - UNNOTED_MS;
      unnoted += whatsapp.calls.filter(({ method, at, ok }) => method === 'messages' && ok && at > since).length;
    },
    doubtful: () =>
      unnoted +
      weather.countOf('lost-answer', 'whatsapp messages') +
      weather.countOf('false-error', 'whatsapp messages'),
    complaints: patience.complaints,
    diary: () => whatsapp.calls.map(({ at, method, body, status }) => lineOf(at, method, body, String(status))),
    close: whatsapp.close,
  };
  const noCall = (): boolean => {
    // It is applied all the same, and whoever called never hears of it.
    if (stage.onCall?.()) unnoted++;
    return false;
  };
  const callOf = (body: Record<string, unknown>): string => `whatsapp messages ${body.to}`;
  whatsapp.fault('messages', { cut: true }, { times: Infinity, when: (body) => patience.sees(callOf(body)) });
  for (const method of CALLS) {
    // Strikes never, but sees every call.
    whatsapp.fault(method, { cut: true }, { times: Infinity, when: noCall });
    for (const kind of callFaults)
      whatsapp.fault(method, FAULTS[kind], {
        times: Infinity,
        when(body) {
          const strikes = weather.strikes(kind, `whatsapp ${method}`);
          if (strikes && kind === 'long-busy' && method === 'messages') patience.asked(callOf(body));
          return strikes;
        },
      });
  }
  return stage;
}
