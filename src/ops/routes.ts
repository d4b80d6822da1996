import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics/metrics.ts';
import type { TurnQueue } from '../queue/turn-queue.ts';
import type { Access, Hook } from './access.ts';

const BOARD = '/ops/queues';

/** One part of the process, for `/readyz` and the banner. */
export interface PartStatus {
  name: string;
  ready: boolean;
  detail: string;
}

/**
 * `/healthz`: the process runs. `/readyz`: each of its parts works (503 and the reasons otherwise). `/metrics`:
 * Prometheus. Both of the first are open, since orchestrators ask them; they name no secret and no person.
 */
export function registerHealth(
  http: FastifyInstance,
  deps: { metrics: Metrics; access: Access; parts(): Promise<PartStatus[]> },
): void {
  http.get('/healthz', async () => ({ ok: true }));
  http.get('/readyz', async (_request, reply) => {
    const parts = await deps.parts();
    const ready = parts.every((part) => part.ready);
    return reply.code(ready ? 200 : 503).send({ ready, parts });
  });
  http.get('/metrics', { onRequest: deps.access.metrics }, async (_request, reply) => {
    const { registry } = deps.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

/** Bull Board at `/ops/queues`: the queue's jobs, for those who must look closely. */
export async function registerBoard(http: FastifyInstance, deps: { queue: TurnQueue; access: Hook }): Promise<void> {
  const adapter = new FastifyAdapter();
  adapter.setBasePath(BOARD);
  createBullBoard({
    queues: deps.queue.queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Chasqui' } },
  });
  await http.register(async (scope) => {
    scope.addHook('onRequest', deps.access);
    await scope.register(adapter.registerPlugin(), { prefix: BOARD });
  });
}
