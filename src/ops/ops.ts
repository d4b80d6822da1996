/** The operators' room: who may enter, the page, its calls, Bull Board. */
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Adapter } from '../contract/index.ts';
import type { Core } from '../core/core.ts';
import type { Finding, Probe } from '../doctor/doctor.ts';
import { runDoctor } from '../doctor/doctor.ts';
import { modelProbe } from '../doctor/models.ts';
import { platformProbe } from '../doctor/platforms.ts';
import { redisProbe } from '../doctor/redis.ts';
import { createPage } from '../http/page.ts';
import { ASK_AGAIN, FOREVER, sendFile } from '../http/send-file.ts';
import { createMask } from '../log/mask.ts';
import type { DoctorView } from '../ops-api/index.ts';
import { type Access, createAccess } from './access.ts';
import { readAccessKey } from './access-key.ts';
import { createActions } from './actions.ts';
import { registerApi } from './api.ts';
import { createAudit } from './audit.ts';
import { createNow } from './overview.ts';
import { registerBoard } from './routes.ts';
import { createSessions, type Sessions } from './sessions.ts';

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

export interface OpsAccess {
  access: Access;
  sessions: Sessions;
  /** Where no password and no proxy is set up: what opens the pages in its place. */
  key: string | undefined;
}

/** Who may see what is below `/ops`, and `/metrics`; also in a process without the role. */
export async function openAccess({ config, redis, log }: Core): Promise<OpsAccess> {
  const { env, ops, web } = config;
  const sessions = createSessions({ redis, prefix: config.queue.prefix, keepMs: ops.session });
  const isSetUp = env.OPS_PASSWORD ?? env.OPS_VIEWER_PASSWORD ?? ops.proxy_user_header;
  const audit = createAudit({ redis, prefix: config.queue.prefix, most: ops.audit_most, log });
  const key = isSetUp === undefined ? await readAccessKey(env.DATA_DIR, log) : undefined;
  const access = createAccess(
    {
      ...{ password: env.OPS_PASSWORD, viewerPassword: env.OPS_VIEWER_PASSWORD, key },
      metricsToken: env.METRICS_TOKEN,
      proxy: { userHeader: ops.proxy_user_header, addresses: ops.proxy_addresses, operators: ops.proxy_operators },
      ...{ trustProxy: web.trust_proxy, keepMs: ops.session },
      onLogin: (who) => audit.write(who, 'logged in'),
    },
    sessions,
  );
  return { access, sessions, key };
}

/** Registers everything below `/ops` where this process has the role. */
export async function openOps(
  http: FastifyInstance,
  deps: OpsAccess & { core: Core; adapters: readonly Adapter[]; redisUrl: string; version: string },
): Promise<void> {
  const { core, access, sessions } = deps;
  if (!core.config.roles.has('ops')) return;
  const actions = createActions(core);
  await registerApi(http, {
    ...{ core, access, sessions, actions, version: deps.version },
    now: createNow(core),
    doctor: () => checkAll(deps),
    mask: createMask(core.config.secrets),
  });
  servePage(http, access);
  await registerBoard(http, { queue: core.queue, access, audit: actions.audit });
}

/** The page itself is the same for everybody, and holds nothing: what it shows, it asks for. */
function servePage(http: FastifyInstance, access: Access): void {
  const page = createPage(DIST);
  const config = { operators: 'everybody' } as const;
  const headers = (reply: FastifyReply): void => {
    reply.headers({
      'content-security-policy': POLICY,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  };
  http.get('/ops', { config }, (_request, reply) => reply.redirect('/ops/', 308));
  http.get('/ops/', { config }, async (request, reply) => {
    headers(reply);
    // With Redis away the page says so itself.
    const who = await access.identify(request).catch(() => null);
    if (who === null || who === 'locked') reply.code(401);
    return sendFile(request, reply, page, 'index.html', ASK_AGAIN);
  });
  http.get('/ops/assets/*', { config }, (request, reply) => {
    headers(reply);
    const { '*': name } = request.params as { '*': string };
    return sendFile(request, reply, page, `assets/${name}`, FOREVER);
  });
}

/** What `npm run doctor` asks, as far as a running process can: Redis, the platforms, the models. */
async function checkAll(deps: { core: Core; adapters: readonly Adapter[]; redisUrl: string }): Promise<DoctorView> {
  const { config, models } = deps.core;
  const probes: Probe[] = [
    redisProbe({ prefix: config.queue.prefix, open: async () => deps.redisUrl }),
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
