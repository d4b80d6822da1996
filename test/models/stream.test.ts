import { afterEach, describe, expect, test } from 'vitest';
import type { Answer } from '../doubles/models/script.ts';
import type { ModelDouble } from '../doubles/models/server.ts';
import { ask, HOSTS, PROMPT, SECRET, startBedrock } from './support.ts';

let double: ModelDouble | undefined;
afterEach(async () => {
  await double?.close();
  double = undefined;
});

const ALL = { ...HOSTS, bedrock: startBedrock };
const TEXT_BODY = { stream: true, max_tokens: 100, temperature: 0.5 };

describe.each(Object.entries(ALL))('a model on %s', (provider, start) => {
  async function setup(...args: Parameters<typeof start>) {
    const started = await start(...args);
    double = started.double;
    return started;
  }

  test('streams its answer, counts tokens, and sends what it was asked', async () => {
    const { model, double } = await setup('Plant them in April, when the soil is warm.');
    const asked = await ask(model);
    expect(asked.text).toBe('Plant them in April, when the soil is warm.');
    expect(asked.end).toEqual({ type: 'end', reason: 'stop', usage: { inputTokens: 10, outputTokens: 9 } });
    const [call] = double.calls;
    expect(call?.messages).toEqual(PROMPT);
    const limits = { inferenceConfig: { maxTokens: 100, temperature: 0.5 } };
    expect(call?.body).toMatchObject(provider === 'bedrock' ? limits : TEXT_BODY);
    expect(call?.closedEarly).toBe(false);
  });

  test('hands on what came together as one piece, and what came apart as it comes', async () => {
    const { model, double } = await setup({ text: 'one two three four' });
    expect((await ask(model)).pieces).toBe(1);
    double.hold(2);
    const events = model
      .stream({ messages: PROMPT, maxOutputTokens: 100, signal: new AbortController().signal })
      [Symbol.asyncIterator]();
    let text = '';
    while (text !== 'one two') text += ((await events.next()).value as { text: string }).text;
    double.release();
    for (let next = await events.next(); !next.done; next = await events.next())
      if (next.value.type === 'text') text += next.value.text;
    expect(text).toBe('one two three four');
  });

  test('tells an answer that was cut by the token limit', async () => {
    const { model } = await setup({ text: 'Plant them', finish: 'length' });
    expect((await ask(model)).end?.reason).toBe('length');
  });

  test('tells an answer that the host filtered', async () => {
    const { model, double } = await setup({ text: 'Plant them', finish: 'content_filter' });
    expect((await ask(model)).end?.reason).toBe('filtered');
    double.answer({ text: '', finish: 'content_filter' });
    expect((await ask(model)).error).toMatchObject({ kind: 'refused', code: 'content_filter' });
  });

  test('shows no reasoning, whether the host parts it from the answer or not', async () => {
    const { model, double } = await setup({ reasoning: 'He asks about potatoes.', text: 'In April.' });
    expect((await ask(model)).text).toBe('In April.');
    double.answer({ tokens: ['<th', 'ink>He asks</', 'think>', '\n\n', 'In', ' April.'], delayMs: 1 });
    expect((await ask(model)).text).toBe('In April.');
  });

  test.each<[string, Answer, string]>([
    ['nothing', '', ''],
    ['white space', ' \n ', ' \n '],
    ['broken Markdown', '**a `b [c](', '**a `b [c]('],
    ['characters of several bytes', 'žluťoučký 🐎 漢字', 'žluťoučký 🐎 漢字'],
  ])('passes on %s', async (_what, answer, text) => {
    const { model } = await setup(answer);
    const asked = await ask(model);
    expect(asked).toMatchObject({ text, end: { reason: 'stop' } });
  });

  test('passes on 200 KB', async () => {
    const text = `${'word'.repeat(25)} `.repeat(2_000).trimEnd();
    const { model } = await setup(text);
    const asked = await ask(model);
    expect(asked.text === text).toBe(true);
    expect(asked.end?.reason).toBe('stop');
  });

  test('cuts a host that never ends, and hangs up', async () => {
    const { model, double } = await setup({ tokens: ['x'.repeat(10_000)], endless: true });
    const asked = await ask(model);
    expect(asked.end?.reason).toBe('length');
    expect(asked.text.length).toBeLessThan(600_000);
    const call = await double.waitForCall();
    await call.closed;
    expect(call.closedEarly).toBe(true);
  });

  describe('breaks off with an error, never with a short answer:', () => {
    test.each<[string, Answer, string, string]>([
      ['a connection that is lost', { text: 'In April or May', trouble: { after: 2, what: 'cut' } }, 'network', 'CUT'],
      ['a stream that stops', { text: 'In April or May', trouble: { after: 2, what: 'end' } }, 'network', 'CUT'],
      [
        'an event that is no JSON',
        { text: 'In April', trouble: { after: 1, what: 'malformed' } },
        'broken',
        'MALFORMED',
      ],
      [
        'an error of the host',
        {
          text: 'In April',
          trouble: { after: 1, what: { error: { error: { message: 'Rate limit', code: 'rate_limit_exceeded' } } } },
        },
        'busy',
        'rate_limit_exceeded',
      ],
      [
        'an error before the first token',
        {
          text: 'In April',
          trouble: { after: 0, what: { error: { error: { message: 'overloaded', type: 'overloaded_error' } } } },
        },
        'busy',
        'overloaded_error',
      ],
    ])('%s', async (_what, answer, kind, code) => {
      const { model } = await setup(answer);
      const asked = await ask(model);
      expect(asked.error).toMatchObject({ kind, code });
      expect(asked.end).toBeUndefined();
    });

    test('a host that hangs up before it answers', async () => {
      const { model, double } = await setup({ text: 'In April', trouble: { after: 0, what: 'cut' } });
      expect((await ask(model)).error).toMatchObject({ kind: 'network', code: 'CUT' });
      await double.close();
      expect((await ask(model)).error).toMatchObject({ kind: 'network', code: 'ECONNREFUSED' });
    });
  });

  describe('gives up and hangs up', () => {
    test.each<[string, Answer, { firstToken?: number; betweenTokens?: number; total?: number }, string, string]>([
      [
        'without a status line',
        { text: 'a', headersAfterMs: Number.POSITIVE_INFINITY },
        { firstToken: 400 },
        '',
        'FIRST_TOKEN_TIMEOUT',
      ],
      [
        'without a first token',
        { text: 'a', trouble: { after: 0, what: 'hang' } },
        { firstToken: 400 },
        '',
        'FIRST_TOKEN_TIMEOUT',
      ],
      [
        'without a further token',
        { text: 'In April', trouble: { after: 1, what: 'hang' } },
        { betweenTokens: 200 },
        'In',
        'TOKEN_TIMEOUT',
      ],
      ['without an end', { tokens: ['x'], delayMs: 5, endless: true }, { total: 400 }, '', 'TOTAL_TIMEOUT'],
    ])('%s in time', async (_what, answer, limits, text, code) => {
      const { model, double } = await setup('warm', limits);
      // Loads the provider and opens the connection, so that the limit falls into the call itself.
      await ask(model);
      double.answer(answer);
      const asked = await ask(model);
      expect(asked.error).toMatchObject({ kind: 'network', code });
      expect(asked.text.slice(0, text.length)).toBe(text);
      const call = await double.waitForCall(2);
      await call.closed;
      expect(call.closedEarly).toBe(true);
    });

    test('when the signal aborts, with the reason of the signal', async () => {
      const { model, double } = await setup({ tokens: ['x'], delayMs: 1, endless: true });
      const stop = new AbortController();
      const reason = new Error('the person pressed stop');
      const asking = ask(model, { signal: stop.signal });
      const call = await double.waitForCall();
      await call.sent(3);
      stop.abort(reason);
      await expect(asking).rejects.toBe(reason);
      await call.closed;
      expect(call.closedEarly).toBe(true);
    });

    test('when the signal aborts while nothing has come yet', async () => {
      const { model, double } = await setup({ text: 'a', headersAfterMs: Number.POSITIVE_INFINITY });
      const stop = new AbortController();
      const asking = ask(model, { signal: stop.signal });
      const call = await double.waitForCall();
      stop.abort(new Error('stop'));
      await expect(asking).rejects.toThrow('stop');
      await call.closed;
      expect(call.closedEarly).toBe(true);
    });

    test('at once, though the reader is busy with what came before', async () => {
      const { model, double } = await setup({ tokens: ['x'], delayMs: 1, endless: true });
      const stop = new AbortController();
      const events = model
        .stream({ messages: PROMPT, maxOutputTokens: 9, signal: stop.signal })
        [Symbol.asyncIterator]();
      await events.next();
      stop.abort(new Error('stop'));
      await (await double.waitForCall()).closed;
    });

    test('without a call when the signal had aborted before', async () => {
      const { model, double } = await setup('a');
      await expect(ask(model, { signal: AbortSignal.abort(new Error('too late')) })).rejects.toThrow('too late');
      expect(double.calls).toHaveLength(0);
    });

    test('when the reader leaves', async () => {
      const { model, double } = await setup({ tokens: ['x'], delayMs: 1, endless: true });
      for await (const event of model.stream({
        messages: PROMPT,
        maxOutputTokens: 9,
        signal: new AbortController().signal,
      }))
        if (event.type === 'text') break;
      const call = await double.waitForCall();
      await call.closed;
      expect(call.closedEarly).toBe(true);
    });
  });

  test('asks once: retries are the caller’s', async () => {
    const { model, double } = await setup({ error: { status: 503, body: { error: { message: 'busy' } } } });
    expect((await ask(model)).error).toMatchObject({ kind: 'busy' });
    expect(double.calls).toHaveLength(1);
  });

  test('answers many at once, each its own', async () => {
    const { model } = await setup((call) => ({ text: `echo ${call.prompt}`, delayMs: 1 }));
    const texts = Array.from({ length: 50 }, (_, at) => `question ${at}`);
    const answers = await Promise.all(
      texts.map((content) => ask(model, { messages: [{ role: 'user', content }] }).then(({ text }) => text)),
    );
    expect(answers).toEqual(texts.map((text) => `echo ${text}`));
  });

  test('says nothing of the prompt or the key in an error', async () => {
    const { model } = await setup((call) => ({
      error: { status: 422, body: { detail: `input ${JSON.stringify(call.messages)} key ${SECRET}` } },
    }));
    const { error } = await ask(model, { messages: [{ role: 'user', content: 'my bank account is 12345' }] });
    expect(error?.kind).toBe('broken');
    expect(JSON.stringify([error?.message, error?.cause, error?.code])).not.toMatch(/bank account|12345|secret-key/);
  });
});
