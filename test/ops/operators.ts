/** An operators' room under test: a whole Chasqui, and callers of every kind. */
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui } from '../support/chasqui.ts';

type Options = Parameters<typeof startTestChasqui>[0];

export const OPERATOR = 'correct horse battery';
export const VIEWER = 'only looking around';

export async function startOperators(change: Partial<Options> = {}) {
  const platform = createTestPlatform();
  const chasqui = await startTestChasqui({
    models: [createTestModel(() => ['hello']).model],
    platforms: [platform],
    roles: ['worker', 'ops'],
    ...change,
  });

  /** A browser: keeps its cookie, sends its page's token and origin. */
  function createBrowser(origin = chasqui.address) {
    let cookie = '';
    let csrf = '';
    async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
      const answer = await fetch(`${chasqui.address}/ops/api/${path}`, {
        method,
        headers: {
          ...(cookie ? { cookie } : {}),
          ...(method === 'POST' ? { origin, 'content-type': 'application/json', 'x-csrf-token': csrf } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const [set] = answer.headers.getSetCookie();
      if (set) cookie = set.split(';', 1)[0] as string;
      const text = await answer.text();
      return { status: answer.status, set, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
    }
    return {
      call,
      cookie: () => cookie,
      get: (path: string) => call('GET', path),
      post: (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
        call('POST', path, body, headers),
      /** Loads the page by the printed link: from then on its calls carry the token. */
      async open() {
        const link = await fetch(`${chasqui.address}/ops?key=${chasqui.opsKey}`, { redirect: 'manual' });
        cookie = link.headers.getSetCookie()[0]?.split(';', 1)[0] ?? cookie;
        const { status, body } = await call('GET', 'session');
        csrf = body?.csrf ?? '';
        return { status, body };
      },
      async logIn(password: string) {
        const answer = await call('POST', 'login', { password });
        csrf = answer.body?.csrf ?? '';
        return answer;
      },
    };
  }
  return { chasqui, platform, createBrowser };
}

/** Every call that shows something, and every one that does something, with a body that is understood. */
export const SHOWS = ['session', 'now', 'turns', 'failures', 'queue', 'audit', 'people', 'cost', 'settings'] as const;
export const ACTS: [path: string, body: unknown][] = [
  ['failures/retry', { all: true }],
  ['failures/discard', { all: true, why: 'a test' }],
  ['failures/restore', { ids: ['abc'] }],
  ['queue/pause', { scope: 'platform', name: 'elsewhere' }],
  ['queue/resume', { scope: 'platform', name: 'elsewhere' }],
  ['queue/hasten', {}],
  ['processes/forget', { id: 'nobody' }],
  ['turns/1-1/content', {}],
  ['doctor', {}],
];
