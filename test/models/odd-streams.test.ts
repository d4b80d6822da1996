import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { ModelDouble } from '../doubles/models/server.ts';
import { ask, HOSTS } from './support.ts';

let double: ModelDouble | undefined;
afterEach(async () => {
  await double?.close();
  double = undefined;
});

type Event = unknown;
const say = (content: unknown, finish_reason: string | null = null): Event => ({
  choices: [{ index: 0, delta: { content }, finish_reason }],
});
const delta = (fields: object): Event => ({ choices: [{ index: 0, delta: fields, finish_reason: null }] });
const STOP = say('', 'stop');
const both = (piece: string): Event => ({ response: piece, ...(say(piece) as object) });
const lines = (events: readonly Event[]): string =>
  [...events.map((event) => JSON.stringify(event)), '[DONE]'].map((data) => `data: ${data}\n\n`).join('');

describe.each(Object.entries(HOSTS))('%s', (provider, start) => {
  async function answerTo(parts: readonly (string | Uint8Array)[], headers?: Record<string, string>) {
    const started = await start({ raw: { parts, ...(headers ? { headers } : {}) } });
    double = started.double;
    return ask(started.model);
  }

  test('reads an answer that came whole, in one call', async () => {
    const started = await start({ text: 'In April.', whole: true });
    double = started.double;
    const asked = await ask(started.model);
    expect(asked.text).toBe('In April.');
    expect(asked.end).toMatchObject({ reason: 'stop', usage: { outputTokens: 2 } });
    expect(double.calls).toHaveLength(1);
  });

  test.each<[string, readonly Event[], string]>([
    ['a piece in both forms counts once', [both('Hello'), both(' world'), STOP], 'Hello world'],
    [
      'a piece in both forms, one event after the other',
      [{ response: 'Ha' }, say('Ha'), { response: 'Ha' }, say('Ha'), STOP],
      'HaHa',
    ],
    ['the same piece twice in one form is meant', [say('Ha'), say('Ha'), STOP], 'HaHa'],
    ['numbers', [say('It costs $'), say(5), say(0), say(' a month.'), STOP], 'It costs $50 a month.'],
    ['a number as it was written', [say('Version '), say('@1.0@'), say(0), STOP], 'Version 1.00'],
    [
      'numbers in the native form',
      [{ response: 'counter = ' }, { response: 0 }, { response: '' }, STOP],
      'counter = 0',
    ],
    [
      'a list of parts, thinking among them',
      [
        say([{ type: 'thinking', thinking: [{ type: 'text', text: 'The user greets.' }] }]),
        say([{ type: 'text', text: 'Hello' }]),
        say(' there'),
        STOP,
      ],
      'Hello there',
    ],
    [
      'one part that is no list, and plain texts in a list',
      [say({ type: 'text', text: 'Hel' }), say(['lo']), STOP],
      'Hello',
    ],
    ['numbers in parts', [say([{ type: 'text', text: 4 }]), say([2]), STOP], '42'],
    ['null, and no content', [delta({ role: 'assistant', content: null }), delta({}), say('Hi'), STOP], 'Hi'],
    ['events without choices', [{ choices: [] }, { choices: null }, {}, { type: 'ping' }, say('Hi'), STOP], 'Hi'],
    ['reasoning in its own field', [delta({ reasoning: 'Hm.', content: '' }), say('Hi'), STOP], 'Hi'],
    ['reasoning in details', [delta({ reasoning_details: [{ text: 'Hm.' }], content: null }), say('Hi'), STOP], 'Hi'],
    [
      'a refusal in its own field',
      [delta({ refusal: 'I cannot ' }), delta({ refusal: 'do that.' }), STOP],
      'I cannot do that.',
    ],
    [
      'a tool call beside an answer',
      [say('Hi.'), delta({ tool_calls: [{ index: 0 }] }), say(null, 'tool_calls')],
      'Hi.',
    ],
    ['the older form', [{ choices: [{ text: 'Hi' }] }, { choices: [{ text: '', finish_reason: 'STOP' }] }], 'Hi'],
    [
      'a whole message at the end',
      [say('Hi'), { choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] }],
      'Hi',
    ],
    ['an end in other words', [say('Hi'), say('', 'EOS_TOKEN')], 'Hi'],
    ['reasoning with only a closing tag', [say('Okay, brief.</th'), say('ink>\n\nParis.'), STOP], 'Paris.'],
    ['half a control token', [say('Done.'), say('<|eot'), say('_id|>'), STOP], 'Done.'],
  ])('%s', async (_what, events, text) => {
    const asked = await answerTo([lines(events).replace('"@1.0@"', '1.0')]);
    expect(asked).toMatchObject({ text, end: { reason: 'stop' } });
  });

  test.each([
    ['LENGTH', 'length'],
    ['max_tokens', 'length'],
    ['content-filter', 'filtered'],
    ['SAFETY', 'filtered'],
    ['something else', 'stop'],
  ])('an end of %s is %s', async (finish, reason) => {
    expect((await answerTo([lines([say('Hi'), say('', finish)])])).end?.reason).toBe(reason);
  });

  test.each<[string, readonly Event[], string]>([
    ['error', [say('1.'), say('', 'error')], 'CUT'],
    ['NETWORK_ERROR', [say('1.'), say('', 'NETWORK_ERROR')], 'CUT'],
    ['abort', [say('1.'), say('', 'abort')], 'CUT'],
    ['insufficient_system_resource', [say('1.', 'insufficient_system_resource')], 'CUT'],
    [
      'an error in the choice',
      [say('1.'), { choices: [{ delta: { content: '' }, error: { code: 502, message: 'upstream' } }] }],
      'STREAM_ERROR',
    ],
    [
      'a call of a tool that nobody offered',
      [delta({ tool_calls: [{ index: 0 }] }), say(null, 'tool_calls')],
      'TOOL_CALL',
    ],
    ['an error object', [say('1.'), { object: 'error', message: 'no', code: 500 }], 'STREAM_ERROR'],
  ])('is no answer: %s', async (_what, events, code) => {
    const asked = await answerTo([lines(events)]);
    expect(asked.end).toBeUndefined();
    expect(asked.error).toMatchObject({ code });
  });

  const HI = JSON.stringify(say('Grüß Gott'));
  const END = JSON.stringify(STOP);
  test.each<[string, string]>([
    ['CRLF', `data: ${HI}\r\n\r\ndata: ${END}\r\n\r\ndata: [DONE]\r\n\r\n`],
    ['CR', `data: ${HI}\r\rdata: ${END}\r\rdata: [DONE]\r\r`],
    ['a byte order mark', `\ufeffdata: ${HI}\n\ndata: ${END}\n\n`],
    ['comments, names, ids', `: ping\n\nevent: message\nid: 1\nretry: 5\ndata:${HI}\n\n:\ndata:${END}\n\ndata:[DONE]`],
    ['no blank lines', `data: ${HI}\ndata: ${END}\ndata: [DONE]\n`],
    [
      'a document over several lines',
      `data: {"choices":\ndata: [{"delta":{"content":"Grüß Gott"}}]}\n\ndata: ${END}\n\n`,
    ],
    ['no line end at the end', `data: ${HI}\n\ndata: ${END}`],
  ])('reads events with %s, however they are cut', async (_what, body) => {
    const bytes = Buffer.from(body);
    for (const parts of [[bytes], [...bytes].map((byte) => Buffer.from([byte]))]) {
      expect(await answerTo(parts)).toMatchObject({ text: 'Grüß Gott', end: { reason: 'stop' } });
      await double?.close();
    }
  });

  test('reads a compressed stream', async () => {
    const asked = await answerTo([gzipSync(lines([say('Hi'), STOP]))], { 'content-encoding': 'gzip' });
    expect(asked.text).toBe('Hi');
  });

  test.each([
    ['application/json', 'one line'],
    ['text/plain', 'one line'],
    ['text/event-stream', 'several lines'],
  ])('reads an answer in one document of type %s, in %s', async (type, form) => {
    const document = { choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: null }] };
    const body = provider === 'cloudflare' ? { result: document, success: true, errors: [] } : document;
    const asked = await answerTo([JSON.stringify(body, null, form === 'one line' ? 0 : 2)], { 'content-type': type });
    expect(asked).toMatchObject({ text: 'Hi', end: { reason: 'stop' } });
  });

  test('a page under status 200 is no answer, and the operator hears of it', async () => {
    const { error } = await answerTo(['<!DOCTYPE html>\n<p>Sign in</p>'], { 'content-type': 'text/html' });
    expect(error).toMatchObject({ kind: 'broken', code: 'NO_STREAM' });
    expect(error?.message).toMatch(/a page in place of an answer/);
  });

  test('an event named error is one', async () => {
    const { error } = await answerTo([`data: ${HI}\n\nevent: error\ndata: {"message":"overloaded"}\n\n`]);
    expect(error).toMatchObject({ kind: 'busy' });
  });
});

describe('a host that refuses a field', () => {
  test.each([
    [
      'stream_options',
      422,
      { message: { detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options', 'include_usage'] }] } },
    ],
    ['stream_options', 400, { error: { message: 'Extra inputs are not permitted, field: stream_options' } }],
    [
      'temperature',
      400,
      { error: { message: "Unsupported value: 'temperature' does not support 0.5 with this model." } },
    ],
    ['max_tokens', 400, { error: { message: "Use 'max_completion_tokens' instead of 'max_tokens'." } }],
  ])('%s (%i) is asked once more without it, and then never again', async (field, status, body) => {
    const started = await HOSTS.openai?.((call) =>
      call.body[field] === undefined ? 'Hello there' : { error: { status, body } },
    );
    if (!started) throw new Error('no host');
    double = started.double;
    expect((await ask(started.model)).text).toBe('Hello there');
    expect((await ask(started.model)).text).toBe('Hello there');
    expect(double.calls).toHaveLength(3);
    if (field === 'max_tokens') expect(double.calls[2]?.body).toMatchObject({ max_completion_tokens: 100 });
  });
});
