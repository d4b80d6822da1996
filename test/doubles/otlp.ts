/** An OpenTelemetry collector, as far as traces go: OTLP over HTTP with JSON ("OTLP Specification", "OTLP/HTTP"). */
import { createServer } from 'node:http';
import { createRecord } from '../support/gate.ts';

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  status?: { code?: number; message?: string };
  links?: { traceId: string; spanId: string }[];
  /** As name → value. */
  attributes: Record<string, unknown>;
}

export async function startOtlpDouble() {
  const spans = createRecord<ReceivedSpan>();
  const requests: { headers: Record<string, unknown>; resource: Record<string, unknown> }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const right =
      request.method === 'POST' &&
      request.url === '/v1/traces' &&
      request.headers['content-type'] === 'application/json';
    if (!right) {
      response.writeHead(404).end();
      return;
    }
    for (const { resource, scopeSpans } of JSON.parse(Buffer.concat(chunks).toString()).resourceSpans) {
      requests.push({ headers: request.headers, resource: valuesOf(resource.attributes) });
      for (const scope of scopeSpans)
        for (const span of scope.spans) spans.add({ ...span, attributes: valuesOf(span.attributes) });
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"partialSuccess":{}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Value = {
  stringValue?: string;
  intValue?: number;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: Value[] };
};

function valuesOf(list: { key: string; value: Value }[] = []): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: Value): unknown {
  if (value.arrayValue) return value.arrayValue.values.map(plain);
  return Object.values(value)[0];
}
