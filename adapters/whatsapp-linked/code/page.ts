/** The operators' page with the code to scan. Whoever scans it reads the account's chats, so it is for those who may act. */
import type { FastifyInstance } from 'fastify';
import type { Shown, State } from '../state.ts';
import { qrSvg } from './qr.ts';

export const PAGE_PATH = '/ops/whatsapp';
const REFRESH_S = 4;

const WHAT_TO_DO: Partial<Record<Shown['state'], string>> = {
  'waiting for scan': 'On the phone: WhatsApp → Settings → Linked devices → Link a device.',
  standby: 'Another process has the browser; the code is shown there.',
  linked: 'Linked. To unlink: the phone’s list of linked devices.',
  'logged out': 'The phone has removed this device. A new code comes in a moment.',
};

/** Registers the page; below `/ops` the server lets nobody in but operators. */
export function registerPage(http: FastifyInstance, state: State): void {
  http.get(PAGE_PATH, async (_request, reply) => {
    await reply
      .headers({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
      })
      .type('text/html; charset=utf-8')
      .send(await page(state.get()));
  });
}

async function page({ state, detail, qr, pairingCode, since }: Shown): Promise<string> {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_S}"><title>WhatsApp Web: ${escaped(state)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 32rem; padding: 0 1rem; color-scheme: light dark }
svg { width: 20rem; max-width: 100%; display: block; margin: 1rem 0 }
code { font-size: 2rem; letter-spacing: .3rem }
</style></head><body>
<h1>WhatsApp Web: ${escaped(state)}</h1>
<p>${escaped(detail)}</p>
${qr ? await qrSvg(qr) : ''}
${pairingCode ? `<p>Choose “Link with phone number instead” and type in:</p><p><code>${escaped(pairingCode)}</code></p>` : ''}
<p>${escaped(WHAT_TO_DO[state] ?? '')}</p>
<p><small>Since ${new Date(since).toISOString()}. This page renews itself.</small></p>
</body></html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
