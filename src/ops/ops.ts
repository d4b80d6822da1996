/** The operators' room: who may enter, the page, its calls, Bull Board. */
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Adapter } from '../../adapters/contract.ts';
import type { Core } from '../core.ts';
import type { Finding, Probe } from '../doctor/doctor.ts';
import { runDoctor } from '../doctor/doctor.ts';
import { modelProbe } from '../doctor/models.ts';
import { platformProbe } from '../doctor/platforms.ts';
import { redisProbe } from '../doctor/redis.ts';
import { callerOf } from '../http/caller.ts';
import { createPage } from '../http/page.ts';
import { ASK_AGAIN, FOREVER, sendFile } from '../http/send-file.ts';
import { createMask } from '../log/mask.ts';
import { type Access, createAccess } from './access.ts';
import { createActions } from './actions.ts';
import { registerApi } from './api.ts';
import { createNow } from './now.ts';
import { registerBoard } from './routes.ts';
import { createSessions } from './sessions.ts';
import type { DoctorView } from './views.ts';

const DIST = fileURLToPath(new URL('page/dist', import.meta.url));
/** The page's own files and calls, nothing inline, no frame around it; text never becomes HTML (Trusted Types). */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/**
 * Registers everything below `/ops` where this process has the role.
 * @returns who may see it, also for `/metrics`
 */
export async function openOps(
  http: FastifyInstance,
  deps: { core: Core; adapters: readonly Adapter[]; redisUrl: string; version: string },
): Promise<Access> {
  const { core } = deps;
  const { config, redis } = core;
  const { env, ops } = config;
  const sessions = createSessions({ redis, prefix: config.queue.prefix, keepMs: ops.session });
  const access = createAccess(
    {
      password: env.OPS_PASSWORD,
      viewerPassword: env.OPS_VIEWER_PASSWORD,
      metricsToken: env.METRICS_TOKEN,
      proxy: { userHeader: ops.proxy_user_header, addresses: ops.proxy_addresses, operators: ops.proxy_operators },
    },
    sessions,
  );
  if (!config.roles.has('ops')) return access;
  await registerApi(http, {
    ...{ core, access, sessions, version: deps.version },
    now: createNow(core),
    actions: createActions(core),
    isSecure: (request) => callerOf(request, config.web.trust_proxy).secure,
    doctor: () => checkAll(deps),
  });
  servePage(http);
  // Jobs name conversations, and there are buttons: for those who may act.
  await registerBoard(http, { queue: core.queue, access: access.basic('operator') });
  return access;
}

/** The page itself is the same for everybody, and holds nothing: what it shows, it asks for. */
function servePage(http: FastifyInstance): void {
  const page = createPage(DIST);
  const headers = (reply: FastifyReply): void => {
    reply.headers({
      'content-security-policy': POLICY,
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  };
  http.get('/ops', (_request, reply) => reply.redirect('/ops/', 308));
  http.get('/ops/', (request, reply) => {
    headers(reply);
    return sendFile(request, reply, page, 'index.html', ASK_AGAIN);
  });
  http.get('/ops/assets/*', (request, reply) => {
    headers(reply);
    const { '*': name } = request.params as { '*': string };
    return sendFile(request, reply, page, `assets/${name}`, FOREVER);
  });
}

/** What `npm run doctor` asks, as far as a running process can: Redis, the platforms, the models. */
async function checkAll(deps: { core: Core; adapters: readonly Adapter[]; redisUrl: string }): Promise<DoctorView> {
  const { config, models } = deps.core;
  const probes: Probe[] = [
    redisProbe({ open: async () => deps.redisUrl }),
    platformProbe({ create: async () => deps.adapters }),
    modelProbe({ create: async () => models }),
  ];
  const mask = createMask(config.secrets);
  const findings = await runDoctor({ probes });
  const safe = JSON.parse(mask(JSON.stringify(findings))) as Finding[];
  return {
    checks: safe
      .filter(({ state }) => state !== 'off')
      .map(({ area, state, detail, advice }) => ({
        ...{ area, name: area, ok: state === 'ok' },
        detail: advice ? `${detail}. ${advice}` : detail,
      })),
  };
}
