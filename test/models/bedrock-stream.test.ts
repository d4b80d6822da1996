/** Bedrock's binary event stream: what breaks it, and what does not. */
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { errorFrame, eventFrame, exceptionFrame, frame } from '../doubles/bedrock/frames.ts';
import type { ModelDouble } from '../doubles/models/server.ts';
import { ask, startBedrock } from './support.ts';

let doubles: ModelDouble[] = [];
afterEach(async () => {
  for (const double of doubles) await double.close();
  doubles = [];
});

const LONG = "This model's maximum context length is 8192 tokens. Please reduce the length of the prompt.";
const say = (text: string) =>
  eventFrame('contentBlockDelta', JSON.stringify({ contentBlockIndex: 0, delta: { text } }));
const stop = (stopReason: string) => eventFrame('messageStop', JSON.stringify({ stopReason }));
const USAGE = eventFrame('metadata', '{"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5},"metrics":{}}');

async function answerTo(parts: Uint8Array[], headers?: Record<string, string>) {
  const { model, double } = await startBedrock({ raw: { parts, ...(headers ? { headers } : {}) } });
  doubles.push(double);
  const asked = await ask(model);
  expect(double.calls).toHaveLength(1);
  return asked;
}

describe('a stream', () => {
  test.each<[string, Uint8Array, string, string]>([
    ['throttled', exceptionFrame('throttlingException', 'Too many'), 'busy', 'ThrottlingException'],
    ['no service', exceptionFrame('serviceUnavailableException', 'no'), 'busy', 'ServiceUnavailableException'],
    ['an error inside', exceptionFrame('internalServerException', 'no'), 'busy', 'InternalServerException'],
    ['a model that failed', exceptionFrame('modelStreamErrorException', 'no'), 'network', 'ModelStreamErrorException'],
    ['a model that took too long', exceptionFrame('modelTimeoutException', 'no'), 'network', 'ModelTimeoutException'],
    ['too long', exceptionFrame('validationException', LONG), 'too-long', 'ValidationException'],
    ['not valid', exceptionFrame('validationException', 'no'), 'broken', 'ValidationException'],
    ['an exception nobody knows', exceptionFrame('someNewException', 'no'), 'broken', 'SomeNewException'],
    ['an unmodeled error', errorFrame('InternalFailure', 'no'), 'busy', 'InternalFailure'],
    ['its end without a stop', USAGE, 'network', 'CUT'],
    ['half a frame', say(' or May').subarray(0, 40), 'network', 'CUT'],
    ['half a prelude', say(' or May').subarray(0, 7), 'network', 'CUT'],
    ['a wrong checksum', withFlip(say(' or May'), -1), 'broken', 'MALFORMED'],
    ['a payload that was changed', withFlip(say(' or May'), -8), 'broken', 'MALFORMED'],
    ['a wrong checksum of the prelude', withFlip(say(' or May'), 8), 'broken', 'MALFORMED'],
    ['a length that was changed', withFlip(say(' or May'), 0), 'broken', 'MALFORMED'],
    ['a stop without a reason', eventFrame('messageStop', '{}'), 'broken', 'MALFORMED'],
    ['output that the host calls malformed', stop('malformed_model_output'), 'network', 'CUT'],
  ])('that is broken off by %s', async (_what, last, kind, code) => {
    for (const before of [[], [say('In'), say(' April')]]) {
      const { error, end } = await answerTo([...before, last]);
      expect(error).toMatchObject({ kind, code });
      expect(end).toBeUndefined();
    }
  });

  test('that is broken off after its stop is no whole answer either', async () => {
    const { error } = await answerTo([say('In'), stop('end_turn'), USAGE.subarray(0, 20)]);
    expect(error).toMatchObject({ kind: 'network', code: 'CUT' });
  });

  test.each([1, 2, 3, 7, 64])('cut into pieces of %i bytes is the same answer', async (size) => {
    const whole = Buffer.concat([say('In April, žluťoučký 🐎'), stop('end_turn'), USAGE]);
    const parts = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
      whole.subarray(at * size, (at + 1) * size),
    );
    expect(await answerTo(parts)).toMatchObject({
      text: 'In April, žluťoučký 🐎',
      end: { reason: 'stop', usage: { inputTokens: 3, outputTokens: 2 } },
    });
  });

  test('with headers of every type, and events that are not known', async () => {
    const numbers = Buffer.from([1, 97, 4, 0, 0, 0, 1, 1, 98, 0, 1, 99, 6, 0, 1, 9, 1, 100, 8, 0, 0, 0, 0, 0, 0, 0, 1]);
    const odd = framed(Buffer.concat([numbers, headersOf(eventFrame('somethingNew', '{}'))]), '{}');
    expect((await answerTo([odd, say('In'), stop('end_turn'), USAGE])).text).toBe('In');
  });

  test.each<[string, string]>([
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'filtered'],
    ['content_filtered', 'filtered'],
    ['tool_use', 'stop'],
  ])('that ends with %s: %s', async (reason, end) => {
    expect((await answerTo([say('In'), stop(reason)])).end).toEqual({
      type: 'end',
      reason: end,
      usage: { inputTokens: undefined, outputTokens: undefined },
    });
  });

  test('that holds a call of a tool, though none was offered', async () => {
    expect((await answerTo([stop('tool_use')])).error).toMatchObject({ kind: 'broken', code: 'TOOL_CALL' });
  });

  test('that is a page, by its type or without one', async () => {
    const page = Buffer.from('<!doctype html><title>Sign in</title>');
    expect((await answerTo([page], { 'content-type': 'text/html' })).error).toMatchObject({ code: 'NO_STREAM' });
    expect((await answerTo([page])).error).toMatchObject({ kind: 'broken', code: 'MALFORMED' });
  });
});

/** One bit is another; `at` below 0 counts from the end. */
function withFlip(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  const index = at < 0 ? bytes.length + at : at;
  flipped.writeUInt8(flipped.readUInt8(index) ^ 1, index);
  return flipped;
}

const headersOf = (bytes: Buffer): Buffer => bytes.subarray(12, 12 + bytes.readUInt32BE(4));

/** A frame around headers as they are. */
function framed(headers: Buffer, payload: string): Buffer {
  // A header with an empty name and text of the right length gives the room; then its bytes are overwritten.
  const room = frame({ '': ' '.repeat(headers.length - 4) }, payload);
  headers.copy(room, 12);
  const body = room.subarray(0, -4);
  room.writeUInt32BE(crc32(body), body.length);
  return room;
}
