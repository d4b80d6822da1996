import type { PauseView } from './queue.ts';

/** `GET live`, server-sent events named `now`, one a second; `GET now` once. */
export interface NowView {
  at: number;
  light: 'green' | 'amber' | 'red';
  /** What the light is about, the worst first, in words; empty when it is green. */
  reasons: Reason[];
  queue: { waiting: number; oldestMs: number; running: number; delayed: number; failed: number };
  pauses: PauseView[];
  platforms: PlatformView[];
  /** The last 60 minutes, oldest first; `at` is each minute's beginning. */
  traffic: { at: number[]; in: number[]; answered: number[]; failed: number[] };
  latency: Record<Range, LatencyView>;
  processes: ProcessView[];
  redis: RedisView;
  models: ModelHealth[];
}

export interface Reason {
  level: 'amber' | 'red';
  text: string;
  /** Where one sees more. */
  view: ViewName | null;
}
export type ViewName = 'now' | 'turns' | 'failures' | 'queue' | 'people' | 'cost' | 'settings';
export type Range = '1h' | '24h' | '7d';

export interface Percentiles {
  /** Of how many. The percentiles are null when there are none. */
  count: number;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}
export interface LatencyView {
  /** From the ingest of the oldest message to the turn's begin. */
  waiting: Percentiles;
  /** From the model's call to its first text. */
  firstToken: Percentiles;
  /** From the ingest of the oldest message to the delivered reply. */
  whole: Percentiles;
}

export interface PlatformView {
  platform: string;
  /** In the last whole minute. */
  in: number;
  answered: number;
  failed: number;
  /** Null: no process that runs says that it listens to it. */
  connected: boolean | null;
  detail: string;
}

export interface ProcessView {
  id: string;
  host: string;
  pid: number;
  version: string;
  roles: string[];
  startedAt: number;
  /** Last heartbeat. */
  at: number;
  /** `silent`: no heartbeat for some seconds; it died, or cannot reach Redis. */
  state: 'running' | 'silent';
  rssBytes: number;
  /** How late the event loop was in the last seconds, at the 99th percentile. */
  eventLoopMs: number;
  /** Turns that it works on; null where it is no worker. */
  running: number | null;
  /** What is wrong with the files of its settings since they were read; null: nothing. */
  settingsProblem: string | null;
  /** Ids of models that this worker asks last for the moment: its circuit breaker is open. */
  leftOut: string[];
  receivers: { platform: string; connected: boolean; state: string; detail: string }[];
}

export interface RedisView {
  ok: boolean;
  /** In words, when it is not ok. */
  detail: string;
  version: string;
  usedBytes: number;
  /** Null: no limit. */
  maxBytes: number | null;
  latencyMs: number;
  appendOnly: boolean;
  evictionPolicy: string;
}

export interface ModelHealth {
  id: string;
  label: string;
  host: string;
  /** In the last five minutes. */
  calls: number;
  failed: number;
  /** `failing`: nothing but failures for some seconds; `shaky`: some failures among answers. */
  state: 'well' | 'shaky' | 'failing' | 'unused';
  /** How many workers ask it last for the moment, after several failures in a row: their circuit breakers are open. */
  leftOutBy: number;
  /** The newest error, in words. */
  reason: string | null;
  /** When it ends, where that is near; `text`: in words. */
  ending: { daysLeft: number; text: string } | null;
}
