/** `npm run doctor`: does Graph accept the token and the number, and does Meta know where to deliver? */
import type { Check } from '../../src/contract/index.ts';
import { SendError } from '../../src/contract/index.ts';
import type { Graph } from './client.ts';
import { askNumber, askToken, askWebhook } from './number.ts';
import { WEBHOOK_PATH } from './receive/webhook.ts';

const NEEDED_SCOPE = 'whatsapp_business_messaging';
const WEEK_S = 7 * 86_400;

export async function checkWhatsApp(graph: Graph, phone: string): Promise<Check[]> {
  const number = await checkNumber(graph, phone);
  // Without the number the rest would only say the same again.
  return number.ok ? [number, ...(await Promise.all([checkToken(graph), checkWebhook(graph, phone)]))] : [number];
}

async function checkNumber(graph: Graph, phone: string): Promise<Check> {
  const name = 'WhatsApp number';
  try {
    const { verified_name, display_phone_number, quality_rating } = await askNumber(graph, phone);
    const quality = quality_rating === 'RED' ? ', quality is RED: people block or report it' : '';
    return { name, ok: true, detail: `${verified_name ?? 'without a name'}, ${display_phone_number}${quality}` };
  } catch (error) {
    return { name, ok: false, detail: explain(error) };
  }
}

async function checkToken(graph: Graph): Promise<Check> {
  const name = 'WhatsApp token';
  try {
    const { is_valid, expires_at = 0, scopes } = await askToken(graph);
    if (is_valid === false)
      return { name, ok: false, detail: 'WHATSAPP_ACCESS_TOKEN is not valid any more: make a new one' };
    if (scopes && !scopes.includes(NEEDED_SCOPE))
      return { name, ok: false, detail: `the token lacks ${NEEDED_SCOPE}: make one that has it` };
    if (expires_at === 0) return { name, ok: true, detail: 'valid, does not expire' };
    const until = new Date(expires_at * 1_000).toISOString();
    const soon = expires_at - Date.now() / 1_000 < WEEK_S;
    const advice = soon ? ': use a system user’s token, which does not expire' : '';
    return { name, ok: !soon, detail: `valid until ${until}${advice}` };
  } catch (error) {
    // Not every kind of token may ask about itself, and the number has shown that it works.
    return { name, ok: true, detail: `accepted; Graph tells no more (${explain(error)})` };
  }
}

async function checkWebhook(graph: Graph, phone: string): Promise<Check> {
  const name = 'WhatsApp webhook';
  try {
    const address = await askWebhook(graph, phone);
    if (!address)
      return {
        name,
        ok: false,
        detail: `none is set: in the app, under WhatsApp, Configuration, enter https://<your host>${WEBHOOK_PATH} and WHATSAPP_VERIFY_TOKEN, and subscribe to “messages”`,
      };
    return { name, ok: true, detail: `Meta delivers to ${address}` };
  } catch (error) {
    return { name, ok: true, detail: `Graph does not tell where it delivers (${explain(error)})` };
  }
}

function explain(error: unknown): string {
  if (error instanceof SendError && error.kind === 'invalid')
    return `Graph does not know WHATSAPP_PHONE_NUMBER_ID for this token (${error.code}): copy it from API Setup (it is not the phone number)`;
  return error instanceof Error ? error.message : String(error);
}
