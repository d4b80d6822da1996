/** `/ops/api`: what the operators' page asks for and does. The shapes are in views.ts. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { createDays, daysOf } from '../analytics/read-days.ts';
import { createTurnLog } from '../analytics/read-turns.ts';
import type { Core } from '../core/core.ts';
import { callerOf } from '../http/caller.ts';
import type { DoctorView, SessionView } from '../ops-api/index.ts';
import type { Access, Operator } from './access.ts';
import { type Actions, NotThereError } from './actions.ts';
import { readContent } from './content.ts';
import { loginCookie, sourceOf } from './credentials.ts';
import { readFailures } from './failures.ts';
import { createLive } from './live.ts';
import type { Now } from './overview.ts';
import * as requests from './requests.ts';
import type { Sessions } from './sessions.ts';
import { readSettings } from './settings.ts';
import { readTurn } from './turn.ts';

const API = '/ops/api';
const AUDIT_ROWS = 100;

export interface OpsDeps {
  core: Core;
  access: Access;
  sessions: Sessions;
  now: Now;
  actions: Actions;
  version: string;
  doctor(): Promise<DoctorView>;
  /** Takes secrets out of a line of JSON: what a platform or host said may hold one. */
  mask(json: string): string;
}

class Refused extends Error {
  readonly statusCode: number;
  readonly code: string;
  constructor(statusCode: number, code: string, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
  }
}

export async function registerApi(http: FastifyInstance, deps: OpsDeps): Promise<void> {
  const { core, access, sessions, now, actions } = deps;
  const { config, redis, models } = core;
  const { prefix } = config.queue;
  const turns = createTurnLog({ redis, prefix });
  const days = createDays({ redis, prefix, keptDays: daysOf(config.analytics.keep) });
  const live = createLive(now, deps.mask);
  http.addHook('preClose', async () => live.close());

  /** @throws Refused for whoever may not, and for calls that do not come from our page */
  async function caller(request: FastifyRequest, role: 'viewer' | 'operator'): Promise<Operator> {
    const who = await access.identify(request);
    // The hook let it through a moment ago; a login may have run out since.
    if (who === null || who === 'locked') throw new Refused(401, 'login', 'Log in again.');
    if (request.method === 'POST' && who.by !== 'token') {
      const given = request.headers['x-csrf-token'];
      if (typeof given !== 'string' || !(await sessions.isCsrf(csrfSubject(who), given)))
        throw new Refused(403, 'csrf', 'This call must carry the page’s own token. Load the page anew.');
    }
    if (role === 'operator' && who.role !== 'operator')
      throw new Refused(403, 'viewer', 'You may look, and not act: this takes an operator.');
    return who;
  }

  async function sessionOf(who: Operator): Promise<SessionView> {
    return {
      who: who.who,
      role: who.role,
      csrf: await sessions.csrf(csrfSubject(who)),
      canLogOut: who.by === 'login',
      assistant: config.assistant.name,
      version: deps.version,
      content: config.ops.show_content,
    };
  }

  /** What went wrong, in words; nothing of the inside. */
  async function onError(error: Error & { statusCode?: number }, request: FastifyRequest, reply: FastifyReply) {
    const missing = error instanceof NotThereError;
    const status = missing ? 404 : (error.statusCode ?? 500);
    if (status < 500) {
      const code = missing ? 'gone' : error instanceof Refused ? error.code : 'bad-request';
      return reply.code(status).send({ error: { code, message: error.message } });
    }
    core.log.error({ err: error, path: request.url.split('?', 1)[0] }, 'the operators’ page could not be served');
    return reply
      .code(503)
      .send({ error: { code: 'unavailable', message: 'Redis or something behind it does not answer. Try again.' } });
  }

  await http.register(async (scope) => {
    scope.setErrorHandler(onError);
    scope.post(`${API}/login`, { config: { operators: 'everybody' } }, async (request, reply) => {
      if (sourceOf(request, config.web.trust_proxy) === 'foreign')
        throw new Refused(403, 'foreign', 'Log in on the operators’ own page.');
      const { password } = read(requests.logIn, request.body);
      const token = await access.logIn(request, password);
      if (token === 'locked') return access.locked(reply);
      if (token === null) throw new Refused(401, 'wrong', 'This password is wrong.');
      reply.header('set-cookie', loginCookie(token, config.ops.session, access.isSecure(request)));
      const login = await access.sessionOf(token);
      if (!login) throw new Error('a login that was just made is not there');
      return sessionOf({ ...login, by: 'login', session: token });
    });
  });

  await http.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, operators: 'viewer' };
    });
    scope.addHook('onSend', async (_request, reply, payload) => {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
      return typeof payload === 'string' ? deps.mask(payload) : payload;
    });

    const show = (path: string, answer: (request: FastifyRequest) => Promise<unknown> | unknown): void => {
      scope.get(`${API}/${path}`, async (request) => answer(request));
    };
    show('session', async (request) => sessionOf(await caller(request, 'viewer')));
    show('now', () => now.read());
    show('turns', async (request) => {
      const { before = null, limit, ...filter } = read(requests.turnsQuery, request.query);
      return turns.search(filter, before, limit);
    });
    show('turns/:entry', async (request) => {
      const view = await readTurn(core, turns, read(requests.entryParams, request.params).entry);
      if (!view) throw new Refused(404, 'gone', 'This turn is kept no longer.');
      return view;
    });
    show('failures', () => readFailures(core.deadLetters));
    show('queue', async () => ({
      pauses: (await now.read()).pauses,
      platforms: (await now.read()).platforms.map(({ platform }) => platform),
      shards: await core.queue.shards(),
    }));
    show('audit', (request) => actions.audit.list(read(requests.auditQuery, request.query).before ?? null, AUDIT_ROWS));
    show('people', (request) => days.people(read(requests.daysQuery, request.query).days));
    show('cost', (request) =>
      days.cost(read(requests.daysQuery, request.query).days, config.ops.monthly_budget ?? null),
    );
    show('settings', () => readSettings(config, models));
    scope.get(`${API}/live`, async (request, reply) => {
      const who = await caller(request, 'viewer');
      const { address } = callerOf(request, config.web.trust_proxy);
      const key = `${who.role} ${who.session ?? (who.by === 'proxy' ? who.who : address)}`;
      const mayLook = async (): Promise<boolean> => {
        const now = await access.identify(request);
        return now !== null && now !== 'locked';
      };
      await live.open(reply, { role: who.role, key, mayLook });
    });

    const act = <T extends z.ZodType>(
      path: string,
      shape: T,
      deed: (who: string, body: z.infer<T>, request: FastifyRequest) => Promise<unknown>,
    ): void => {
      scope.post(`${API}/${path}`, async (request, reply: FastifyReply) => {
        const { who } = await caller(request, 'operator');
        const answer = await deed(who, read(shape, request.body), request);
        now.forget();
        return answer === undefined ? reply.code(204).send() : answer;
      });
    };
    act('failures/retry', requests.failureChoice, async (who, choice) => ({ done: await actions.retry(who, choice) }));
    act('failures/discard', requests.discard, async (who, { why, ...choice }) => ({
      done: await actions.discard(who, choice, why),
    }));
    act('failures/restore', requests.restore, async (who, { ids }) => ({ done: await actions.restore(who, ids) }));
    act('queue/pause', requests.pauseChoice, (who, choice) => actions.pause(who, choice));
    act('queue/resume', requests.pauseChoice, (who, choice) => actions.resume(who, choice));
    act('queue/hasten', requests.nothing, async (who) => ({ done: await actions.hasten(who) }));
    act('processes/forget', requests.forget, (who, { id }) => actions.forget(who, id));
    act('doctor', requests.nothing, () => deps.doctor());
    act('turns/:entry/content', requests.nothing, async (who, _body, request) => {
      const { entry } = read(requests.entryParams, request.params);
      if (!config.ops.show_content)
        throw new Refused(403, 'content-off', 'What was said is not shown: ops.show_content is off.');
      const content = await readContent(core, turns, entry, (turn) =>
        actions.audit.write(who, `looked at what was said in the turn ${turn}`),
      );
      if (!content) throw new Refused(404, 'gone', 'The conversation’s history has this no longer.');
      return content;
    });

    scope.post(`${API}/logout`, async (request, reply) => {
      const { session } = await caller(request, 'viewer');
      if (session) await sessions.end(session);
      return reply
        .code(204)
        .header('set-cookie', loginCookie(null, 0, access.isSecure(request)))
        .send();
    });
    scope.setErrorHandler(onError);
  });
}

/** What the token against calls from other pages is bound to. */
function csrfSubject({ by, who, session }: Operator): string {
  return session ?? `${by} ${who}`;
}

function read<T extends z.ZodType>(shape: T, value: unknown): z.infer<T> {
  const result = shape.safeParse(value ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'this call';
  throw new Refused(400, 'bad-request', `${where}: ${issue?.message ?? 'not understood'}`);
}
