import type { Context, Attributes as OtelAttributes, Span as OtelSpan, Tracer } from '@opentelemetry/api';
import type { Logger } from '../log/logger.ts';
import { type Attributes, noTracing, type Span, type SpanKind, type Tracing } from './tracing.ts';

/** A span's text is cut here: what was said is never among it, but a host's error may be long. */
const MOST_CHARS = 1_000;
const EXPORT_EVERY_MS = 1_000;

/**
 * Tracing by OpenTelemetry, to a collector that speaks OTLP over HTTP (JSON). Its packages are loaded here and only here.
 * @param options.endpoint `OTEL_EXPORTER_OTLP_ENDPOINT`, without `/v1/traces`; undefined: nothing is traced
 * @param options.headers `OTEL_EXPORTER_OTLP_HEADERS`: `name=value,name=value`, values percent-encoded
 */
export async function openTracing(options: {
  endpoint: string | undefined;
  headers: string | undefined;
  version: string;
  instance: string;
  log: Logger;
}): Promise<Tracing> {
  const { endpoint, log } = options;
  if (endpoint === undefined) return noTracing;
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  // The collector may be away; that must be seen, and cost nobody an answer.
  const tell = (message: string): void =>
    log.warn({ reason: message.slice(0, MOST_CHARS) }, 'traces could not be sent');
  const quiet = (): void => {};
  api.diag.setLogger({ error: tell, warn: quiet, info: quiet, debug: quiet, verbose: quiet }, api.DiagLogLevel.ERROR);
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'chasqui',
      'service.version': options.version,
      'service.instance.id': options.instance,
    }),
    spanLimits: { attributeValueLengthLimit: MOST_CHARS },
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, headers: headersOf(options.headers) }),
        scheduledDelayMillis: EXPORT_EVERY_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('chasqui', options.version);
  return {
    start(name, { parent, links = [], attributes = {}, kind = 'internal' } = {}) {
      const context = contextOf(api, parent);
      const linked = links.flatMap((link) => {
        const found = api.trace.getSpanContext(contextOf(api, link));
        return found ? [{ context: found }] : [];
      });
      const settings = { kind: kindOf(api, kind), attributes: known(attributes), links: linked };
      return wrap(api, tracer, tracer.startSpan(name, settings, context), context);
    },
    async close() {
      await provider.shutdown().catch((error) => log.debug({ err: error }, 'the last traces could not be sent'));
    },
  };
}

type Api = typeof import('@opentelemetry/api');

function wrap(api: Api, tracer: Tracer, span: OtelSpan, context: Context): Span {
  const inside = api.trace.setSpan(context, span);
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    child(name, attributes = {}, kind = 'internal') {
      const settings = { kind: kindOf(api, kind), attributes: known(attributes) };
      return wrap(api, tracer, tracer.startSpan(name, settings, inside), inside);
    },
    set: (attributes) => void span.setAttributes(known(attributes)),
    fail(kind, message) {
      span.setAttribute('error.type', kind);
      span.setStatus({ code: api.SpanStatusCode.ERROR, message: message.slice(0, MOST_CHARS) });
    },
    end: () => span.end(),
  };
}

/** W3C, "Trace Context": version, trace, span, flags. Anything else begins a trace of its own. */
function contextOf(api: Api, traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
  if (!traceId || !spanId || !flags) return api.ROOT_CONTEXT;
  const spanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return api.trace.setSpanContext(api.ROOT_CONTEXT, spanContext);
}

function kindOf(api: Api, kind: SpanKind) {
  const { SpanKind: kinds } = api;
  return { internal: kinds.INTERNAL, consumer: kinds.CONSUMER, client: kinds.CLIENT }[kind];
}

function known(attributes: Attributes): OtelAttributes {
  const entries = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries);
}

function headersOf(text = ''): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split(/=(.*)/s));
  return Object.fromEntries(
    pairs.flatMap(([name = '', value = '']) => (name.trim() ? [[name.trim(), decode(value.trim())]] : [])),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Not percent-encoded after all.
  }
}
