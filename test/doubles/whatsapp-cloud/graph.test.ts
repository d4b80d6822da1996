/** The stand-in is as strict as the pages say. */
import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { startWhatsAppDouble, type WhatsAppDouble, type WhatsAppDoubleOptions } from './index.ts';

let whatsapp: WhatsAppDouble;
afterEach(() => whatsapp.close());

async function start(options?: WhatsAppDoubleOptions) {
  whatsapp = await startWhatsAppDouble(options);
  return whatsapp;
}

async function post(body: object, token = whatsapp.accessToken, phone = whatsapp.phoneNumberId) {
  const response = await fetch(`${whatsapp.apiUrl}/${phone}/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as {
    error?: { code: number; fbtrace_id: string };
    messages?: { id: string }[];
  };
  return { status: response.status, code: answer.error?.code, answer };
}

const text = (body: string, more: object = {}) => ({
  messaging_product: 'whatsapp',
  to: whatsapp.ana.waId,
  type: 'text',
  text: { body },
  ...more,
});

test('tokens, fields and lengths are checked', async () => {
  await start();
  whatsapp.say(whatsapp.ana, 'hi');
  expect(await post(text('hi'), 'wrong')).toMatchObject({ status: 401, code: 190 });
  expect(await post(text('hi'), undefined, '1')).toMatchObject({ status: 400, code: 100 });
  expect(await post(text('hi', { messaging_product: undefined }))).toMatchObject({ code: 100 });
  expect(await post(text('hi', { to: undefined }))).toMatchObject({ code: 131008 });
  expect(await post(text(' '))).toMatchObject({ code: 131008 });
  expect(await post(text('x'.repeat(4_097)))).toMatchObject({ code: 100 });
  expect(await post(text('hi', { context: { message_id: 'wamid.none' } }))).toMatchObject({ code: 131009 });
  expect(await post(text('hi', { biz_opaque_callback_data: 'x'.repeat(513) }))).toMatchObject({ code: 100 });
  expect(await post(text('x'.repeat(4_096)))).toMatchObject({ status: 200 });
  whatsapp.settings.expired = true;
  const expired = await post(text('hi'));
  expect(expired).toMatchObject({ status: 401, code: 190 });
  expect(expired.answer.error?.fbtrace_id).toMatch(/.+/);
});

test('nobody is written to who has not written within 24 hours', async () => {
  await start();
  expect(await post(text('hi'))).toMatchObject({ code: 131047 });
  whatsapp.say(whatsapp.ana, 'hi');
  expect(await post(text('hi'))).toMatchObject({ status: 200 });
  whatsapp.advance(25 * 3_600_000);
  expect(await post(text('hi'))).toMatchObject({ code: 131047 });
});

test('one person gets 45 messages at once, then one in six seconds', async () => {
  await start({ limits: 'on' });
  whatsapp.say(whatsapp.ana, 'hi');
  whatsapp.say(whatsapp.ben, 'hi');
  for (let n = 0; n < 45; n++) expect((await post(text(`${n}`))).status).toBe(200);
  expect(await post(text('one too many'))).toMatchObject({ code: 131056 });
  expect(await post(text('hi', { to: whatsapp.ben.waId }))).toMatchObject({ status: 200 });
  whatsapp.advance(6_000);
  expect(await post(text('again'))).toMatchObject({ status: 200 });
  expect(await post(text('too soon'))).toMatchObject({ code: 131056 });
});

test('deliveries are signed, tried again, and tell what became of a message by its mark', async () => {
  await start({ retryDelaysMs: [1], statuses: ['sent'] });
  const bodies: string[] = [];
  let refuse = 1;
  const app = createServer((request, response) => {
    if (request.method === 'GET')
      return response.end(new URL(request.url ?? '', 'http://x').searchParams.get('hub.challenge'));
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      const signed = request.headers['x-hub-signature-256'] === whatsapp.sign(body)['x-hub-signature-256'];
      if (signed && refuse-- <= 0) bodies.push(body);
      response.writeHead(refuse < 0 ? 200 : 503).end();
    });
    return undefined;
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  await whatsapp.deliverTo(`http://127.0.0.1:${(app.address() as { port: number }).port}/hook`);
  expect(await whatsapp.say(whatsapp.ana, 'señal 👋').delivered).toMatchObject({ acked: true, attempts: 2 });
  expect(bodies[0]).toContain('se\\u00f1al');
  const { answer } = await post(text('hi', { biz_opaque_callback_data: 'a:0' }));
  await whatsapp.waitUntil(() => bodies.length === 2);
  expect(JSON.parse(bodies[1] as string).entry[0].changes[0].value.statuses).toMatchObject([
    { id: answer.messages?.[0]?.id, status: 'sent', biz_opaque_callback_data: 'a:0' },
  ]);
  app.closeAllConnections();
  app.close();
});

test('a file’s address wants the token and grows old', async () => {
  await start({ mediaUrlMs: 60_000 });
  whatsapp.sendFile(whatsapp.ana, 'image', { mediaType: 'image/png', content: 'png' });
  const headers = { authorization: `Bearer ${whatsapp.accessToken}` };
  const { id } = JSON.parse(whatsapp.sent[0] as string).entry[0].changes[0].value.messages[0].image;
  const media = (await (await fetch(`${whatsapp.apiUrl}/${id}`, { headers })).json()) as { url: string };
  expect((await fetch(media.url)).status).toBe(401);
  expect(await (await fetch(media.url, { headers })).text()).toBe('png');
  whatsapp.advance(61_000);
  expect((await fetch(media.url, { headers })).status).toBe(404);
});
