/** Requests as a proxy or an attacker writes them: every header as given, also `host` and doubled ones. */
import { request } from 'node:http';

export interface RawAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export function raw(
  address: string,
  path: string,
  options: { method?: string; headers?: Record<string, string | string[]>; body?: string; localAddress?: string } = {},
): Promise<RawAnswer> {
  const { method = 'GET', headers = {}, body, localAddress } = options;
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    const call = request(
      { hostname, port, path, method, headers, ...(localAddress ? { localAddress } : {}), agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
        response.on('error', reject);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

/** The cookie that an answer sets, as a browser sends it back. */
export function cookieOf({ headers }: RawAnswer): string {
  return String(headers['set-cookie']?.[0] ?? '').split(';', 1)[0] as string;
}
