import type { FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';

/** Bodies that are being read before their signature is known to be right: together at most this many megabytes. */
const MOST_AT_ONCE = 32;
/** Platforms send a delivery in one go. */
const BODY_TIMEOUT_MS = 5_000;

/**
 * Hooks for a route whose sender is known only once its whole body was read. `admit` looks at the headers first; of what
 * it lets in, few bodies are read at once (503 beyond: platforms deliver again), and slow ones are cut off.
 * @param admit answers what may not be read (the connection is then closed unread); undefined lets it in
 */
export function unverifiedBodies(
  admit: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>,
  { most = MOST_AT_ONCE, timeoutMs = BODY_TIMEOUT_MS }: { most?: number; timeoutMs?: number } = {},
): Pick<RouteShorthandOptions, 'onRequest' | 'preHandler'> {
  const reading = new Map<FastifyRequest, NodeJS.Timeout>();

  function done(request: FastifyRequest): void {
    clearTimeout(reading.get(request));
    reading.delete(request);
  }

  return {
    async onRequest(request, reply) {
      // Whatever is answered before the body was read leaves the rest of it unread.
      reply.header('connection', 'close');
      const refused = await admit(request, reply);
      if (refused) return refused;
      if (reading.size >= most) {
        const error = { code: 'busy', message: 'Too many deliveries at once; please deliver it again.' };
        return reply.code(503).header('retry-after', 1).send({ error });
      }
      reply.removeHeader('connection');
      reading.set(
        request,
        setTimeout(() => request.raw.destroy(), timeoutMs),
      );
      reply.raw.once('close', () => done(request));
      return undefined;
    },
    async preHandler(request) {
      done(request);
    },
  };
}
