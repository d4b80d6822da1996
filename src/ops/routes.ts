import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';
import type { TurnQueue } from '../queue/turn-queue.ts';
import type { Access } from './access.ts';
import type { Audit } from './audit.ts';
import { changes } from './credentials.ts';

const BOARD = '/ops/queues';

/** One part of the process, for `/readyz` and the banner. */
export interface PartStatus {
  name: string;
  ready: boolean;
  detail: string;
}

/**
 * `/healthz`: the process runs. `/readyz`: each of its parts works (503 otherwise); which, and nothing of why: that is in
 * the log and on the operators' page. Both are open, since orchestrators ask them. `/metrics`: Prometheus, behind the guard.
 */
export function registerHealth(
  http: FastifyInstance,
  deps: { metrics: Metrics; parts(): Promise<PartStatus[]>; mask(text: string): string },
): void {
  http.get('/healthz', async () => ({ ok: true }));
  http.get('/readyz', async (_request, reply) => {
    const parts = (await deps.parts()).map(({ name, ready }) => ({ name, ready }));
    const ready = parts.every((part) => part.ready);
    return reply.code(ready ? 200 : 503).send({ ready, parts });
  });
  http.get('/metrics', { config: { operators: 'viewer' } }, async (_request, reply) => {
    const { registry } = deps.metrics;
    return reply.type(registry.contentType).send(deps.mask(await registry.metrics()));
  });
}

/**
 * Bull Board at `/ops/queues`: the queue's jobs, for operators, since jobs name conversations and there are buttons. What
 * is pressed there is in the audit log as what is done on our own page.
 */
export async function registerBoard(
  http: FastifyInstance,
  deps: { queue: TurnQueue; access: Access; audit: Audit },
): Promise<void> {
  const adapter = new FastifyAdapter();
  adapter.setBasePath(BOARD);
  createBullBoard({
    queues: deps.queue.queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Chasqui' } },
  });
  await http.register(async (scope) => {
    scope.addHook('preHandler', async (request) => {
      if (!changes(request)) return;
      const who = await deps.access.identify(request);
      const name = who === null || who === 'locked' ? 'somebody' : who.who;
      const path = request.url.split('?', 1)[0]?.slice(BOARD.length + '/api'.length) ?? '';
      await deps.audit.write(name, `Bull Board: ${request.method} ${path.slice(0, 200)}`);
    });
    await scope.register(adapter.registerPlugin(), { prefix: BOARD });
  });
}
