/** Bodies of requests (Reference: uploading files; JSON, or a form with `payload_json` and `files[n]`). */
import type { IncomingMessage } from 'node:http';
import type { FormFile } from './context.ts';
import { type Body, DiscordRefusal } from './types.ts';

function readAll(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)));
    request.on('error', reject);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DiscordRefusal(400, 50109, 'The request body contains invalid JSON.'); // not JSON: that is the answer
  }
}

/**
 * JSON body and files.
 * @throws DiscordRefusal 50109 (no JSON); an Error when the client breaks off
 */
export async function readBody(request: IncomingMessage): Promise<{ body: unknown; files: FormFile[] }> {
  const bytes = await readAll(request);
  const type = request.headers['content-type'] ?? '';
  if (bytes.length === 0) return { body: {}, files: [] };
  if (!type.startsWith('multipart/form-data')) return { body: parse(bytes.toString()), files: [] };
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
  const files: FormFile[] = [];
  let body: unknown = {};
  for (const [name, value] of form) {
    if (name === 'payload_json') body = parse(String(value));
    else if (typeof value !== 'string') {
      const n = Number(/^files\[(\d+)\]$/.exec(name)?.[1] ?? files.length);
      files.push({ n, name: value.name, type: value.type, content: Buffer.from(await value.arrayBuffer()) });
    } else (body as Body)[name] = value;
  }
  return { body, files };
}
