/** Arguments of a request, whichever way the client encodes them ("Using the Slack Web API": form, JSON, multipart). */
import type { IncomingMessage } from 'node:http';
import { parse as parseForm } from 'node:querystring';
import type { Args } from './types.ts';
import { SlackRefusal } from './types.ts';

export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)));
    request.on('error', reject);
  });
}

/**
 * Arguments from query and body.
 * @throws SlackRefusal `invalid_json`, `json_not_object`, `invalid_post_type`; an Error when the client breaks off
 */
export async function readArgs(request: IncomingMessage, query: string): Promise<Args> {
  const body = await readBody(request);
  const type = request.headers['content-type'] ?? '';
  const args: Args = query ? { ...parseForm(query) } : {};
  if (body.length === 0) return args;
  if (type.startsWith('application/x-www-form-urlencoded')) return Object.assign(args, parseForm(body.toString()));
  if (type.startsWith('application/json')) {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body.toString());
    } catch {
      throw new SlackRefusal('invalid_json'); // not JSON: that is the answer
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
      throw new SlackRefusal('json_not_object');
    return Object.assign(args, parsed);
  }
  if (type.startsWith('multipart/form-data')) {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
    for (const [name, value] of form)
      args[name] = typeof value === 'string' ? value : Buffer.from(await value.arrayBuffer());
    return args;
  }
  throw new SlackRefusal('invalid_post_type');
}
