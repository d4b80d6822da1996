/**
 * What the path of a message tells a tracer, in our own few words; OpenTelemetry stands behind it where it is switched on
 * (open.ts), and nothing at all where it is not.
 */

export type Attributes = Record<string, string | number | boolean | string[] | undefined>;

export interface Span {
  /** As W3C's `traceparent`, so that another process can go on; undefined when nothing is traced. */
  readonly traceparent: string | undefined;
  child(name: string, attributes?: Attributes, kind?: SpanKind): Span;
  set(attributes: Attributes): void;
  /** @param kind OpenTelemetry's `error.type` */
  fail(kind: string, message: string): void;
  end(): void;
}

/** `consumer`: takes something from a queue or a platform. `client`: calls somebody else. */
export type SpanKind = 'internal' | 'consumer' | 'client';

export interface Tracing {
  /** @param parent a `traceparent`; without it a new trace begins @param links further ones */
  start(
    name: string,
    options?: { parent?: string | undefined; links?: string[]; attributes?: Attributes; kind?: SpanKind },
  ): Span;
  close(): Promise<void>;
}

export const NO_SPAN: Span = {
  traceparent: undefined,
  child: () => NO_SPAN,
  set() {},
  fail() {},
  end() {},
};

export const noTracing: Tracing = { start: () => NO_SPAN, close: async () => {} };
