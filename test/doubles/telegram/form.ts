/** Requests with files: multipart/form-data. https://core.telegram.org/bots/api#sending-files */
import { bad, Refusal } from './refusal.ts';

type Params = Record<string, unknown>;
interface Document {
  text: string;
  html: string;
  mentions: string[];
  links: string[];
  file: string;
}

/** JSON, or a form, in which numbers are written out. https://core.telegram.org/bots/api#making-requests */
export async function paramsOf(type: string, body: Buffer): Promise<Params> {
  if (!type.startsWith('multipart/form-data')) return JSON.parse(body.toString()) as Params;
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  return Object.fromEntries(
    [...form].map(([name, value]) => [name, /^-?\d+$/.test(String(value)) ? Number(value) : value]),
  );
}

/** Only by multipart; a caption of up to 1,024 characters. https://core.telegram.org/bots/api#senddocument */
export async function documentOf(file: unknown, caption: unknown): Promise<Document> {
  if (!(file instanceof File)) throw bad('there is no document in the request');
  if (file.size === 0) throw bad('file must be non-empty');
  if (file.size > 50_000_000) throw new Refusal(413, 'Request Entity Too Large');
  const text = String(caption ?? '');
  if (text.length > 1_024) throw bad('message caption is too long');
  return { text, html: text, mentions: [], links: [], file: await file.text() };
}
