/** Checks a request's signature: "AWS Signature Version 4 for API requests". */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Account {
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/\s]+)\/(\d{8})\/([^/\s]+)\/([^/\s]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;
const SKEW_MS = 5 * 60_000;

/** @returns the exception that AWS answers with, as name and message; nothing when the signature is good */
export function signatureFault(request: IncomingMessage, body: string, account: Account): [string, string] | undefined {
  const { headers } = request;
  if (!headers.authorization) return ['MissingAuthenticationTokenException', 'Missing Authentication Token'];
  const found = FORM.exec(headers.authorization);
  if (!found) return ['IncompleteSignatureException', 'Authorization header requires a Credential, a SignedHeaders …'];
  const [, keyId, day, region, service, signed, signature] = found as unknown as string[] as [
    ...[string, string, string, string, string, string, string],
  ];
  if (keyId !== account.accessKeyId || headers['x-amz-security-token'] !== account.sessionToken)
    return ['UnrecognizedClientException', 'The security token included in the request is invalid.'];
  const date = String(headers['x-amz-date'] ?? '');
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const at = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  if (!(Math.abs(Date.now() - at) < SKEW_MS)) return invalid(`Signature expired: ${date} is now earlier than …`);
  if (service !== 'bedrock') return invalid("Credential should be scoped to correct service: 'bedrock'.");
  if (region !== account.region || !date.startsWith(day))
    return invalid('Credential should be scoped to a valid region.');
  const names = signed.split(';');
  const must = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
  if (must.some((name) => !names.includes(name))) return invalid(`${must.join(', ')} must be signed`);
  if (names.join() !== [...names].sort().join()) return invalid('SignedHeaders must be in order');
  const canonical = [
    request.method,
    // Every service but S3 encodes each part of the path twice.
    (request.url ?? '').split('/').map(encode).join('/'),
    '',
    ...names.map((name) => `${name}:${String(headers[name]).trim().replace(/\s+/g, ' ')}`),
    '',
    signed,
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/bedrock/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = [day, region, 'bedrock', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${account.secretAccessKey}`);
  return hmac(key, toSign).toString('hex') === signature
    ? undefined
    : invalid('The request signature we calculated does not match the signature you provided.');
}

const invalid = (message: string): [string, string] => ['InvalidSignatureException', message];
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const encode = (part: string) =>
  encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
