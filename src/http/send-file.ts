import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from './page.ts';

/** Assets carry a hash of their content in their name. */
export const FOREVER = 'public, max-age=31536000, immutable';
/** Kept, but asked for again each time: an answer of 304 costs little and a new release shows at once. */
export const ASK_AGAIN = 'no-cache';

/** Answers with one of a built page's files, compressed as the browser likes, or with 304 when it has it already. */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  page: Page,
  name: string,
  cacheControl: string,
): Promise<FastifyReply> {
  const file = await page.file(name);
  if (file === 'unbuilt') {
    return reply
      .code(503)
      .headers({ 'cache-control': 'no-store', 'retry-after': 10 })
      .type('text/plain')
      .send('This page is not built yet. Run: npm run build\n');
  }
  if (!file) return reply.code(404).header('cache-control', 'no-store').type('text/plain').send('Not found\n');
  reply.headers({ 'cache-control': cacheControl, etag: file.etag, vary: 'Accept-Encoding' });
  if (sameEtag(request.headers['if-none-match'], file.etag)) return reply.code(304).send();
  const accepted = String(request.headers['accept-encoding'] ?? '');
  const encoding = (['br', 'gzip'] as const).find((name) => file[name] && accepts(accepted, name));
  if (encoding) reply.header('content-encoding', encoding);
  return reply.type(file.type).send(encoding ? file[encoding] : file.plain);
}

function sameEtag(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}

function accepts(header: string, encoding: string): boolean {
  const entry = header
    .split(',')
    .map((part) => part.trim())
    .find((part) => part.split(';')[0]?.trim() === encoding);
  return entry !== undefined && !/;\s*q=0(\.0*)?$/.test(entry);
}
