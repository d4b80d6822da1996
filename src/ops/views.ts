/**
 * What the operators' page is given and asks for: the shapes of `/ops/api`, shared by the server and the page.
 * Points in time are ms since the epoch, durations ms, money US dollars, days `YYYY-MM-DD` in UTC. Conversations,
 * workspaces, channels and people are hashes: twelve hexadecimal digits that tell them apart and name nobody.
 *
 * Every answer that is not 2xx is `{ error: { code, message } }`; `message` is for people.
 * Calls that change something are POST with JSON and the header `x-csrf-token` (`SessionView.csrf`).
 */

/** `viewer` sees everything but content; `operator` also acts. */
export type OpsRole = 'viewer' | 'operator';

/** `GET session`; 401 with code `login` where one must log in first. `POST login {password}` answers the same, `POST logout` 204. */
export interface SessionView {
  who: string;
  role: OpsRole;
  csrf: string;
  /** False where nobody logged in: this machine, or a proxy that did it. */
  canLogOut: boolean;
  assistant: string;
  version: string;
  /** Whether operators may look at what was said (`ops.show_content`). */
  content: boolean;
}

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
}

/**
 * `GET turns?platform=&conversation=&outcome=&model=&error=&slower=<ms>&turn=<id>&before=<entry>&limit=`, newest first.
 * A search looks at some ten thousand turns at a time: `next` goes on with older ones, also when few were found.
 */
export interface TurnsView {
  turns: TurnRow[];
  /** For `before`; null: there is nothing older. */
  next: string | null;
  /** How many were looked at, and since when (ms). */
  looked: number;
  since: number | null;
}

export interface TurnRow {
  /** Names the turn on this page; turns are in the order of their entries. */
  entry: string;
  /** The turn's id, as in the log. */
  id: string;
  /** When it was committed. */
  at: number;
  platform: string;
  conversation: string;
  workspace: string | null;
  outcome: string;
  /** Null: no model was asked (a command, a failure before). */
  model: string | null;
  attempts: number;
  messages: number;
  waitingMs: number;
  firstTokenMs: number | null;
  totalMs: number;
  inputTokens: number;
  outputTokens: number;
  /** Null: the model's price is not known. */
  usd: number | null;
  /** Kind of the error, such as `network`; null when there was none. */
  error: string | null;
}

/** `GET turns/<entry>` */
export interface TurnView extends TurnRow {
  /** Oldest first; `ms` since the oldest message's ingest. */
  timeline: { ms: number; what: TimelineWhat; detail: string }[];
  failure: { where: string; kind: string; code: string; message: string } | null;
  /** Whether this conversation is paused. */
  paused: boolean;
}
/**
 * `taken` once for each attempt, with the worker's name; more than one means that the one before died or let go.
 * `post` and `edit` are what people saw; `model` a call of a model, `model-failed` its failure.
 */
export type TimelineWhat =
  | 'arrived'
  | 'taken'
  | 'guard'
  | 'model'
  | 'model-failed'
  | 'first-token'
  | 'whole'
  | 'post'
  | 'edit'
  | 'delivered'
  | 'committed';

/** `POST turns/<entry>/content {}`: operators only, written to the audit log. 404 when the history has it no longer. */
export interface ContentView {
  user: { name: string; text: string }[];
  reply: string | null;
}

/** `GET failures`, the newest groups first. */
export interface FailuresView {
  total: number;
  groups: FailureGroup[];
  /** What was discarded and can still be brought back. */
  discarded: DiscardedRow[];
}
export interface FailureGroup {
  key: string;
  where: string;
  kind: string;
  code: string;
  /** What the newest one said. */
  message: string;
  count: number;
  newestAt: number;
  oldestAt: number;
  /** The newest 50. */
  letters: FailureRow[];
}
export interface FailureRow {
  id: string;
  at: number;
  platform: string;
  conversation: string;
  attempts: number;
  messages: number;
  message: string;
  /** What the people were told; null when even that could not be posted. */
  told: string | null;
}
export interface DiscardedRow {
  id: string;
  at: number;
  platform: string;
  why: string;
  by: string;
}
/** `POST failures/retry`, `POST failures/discard` (with `why`), `POST failures/restore` (with `ids`). */
export type FailureChoice = { ids: string[] } | { group: string } | { all: true };
export interface DoneView {
  done: number;
}

/** `GET queue` */
export interface QueueView {
  pauses: PauseView[];
  platforms: string[];
  shards: { name: string; waiting: number; running: number; delayed: number; paused: boolean }[];
}
export interface PauseView {
  scope: 'all' | 'platform' | 'conversation';
  /** The platform, or the conversation's hash; empty for all. */
  name: string;
  by: string;
  at: number;
}
/** `POST queue/pause`, `POST queue/resume` → 204. A conversation is named by its hash or by one of its turns. */
export type PauseChoice =
  | { scope: 'all' }
  | { scope: 'platform'; name: string }
  | { scope: 'conversation'; name: string }
  | { scope: 'conversation'; entry: string };
/** `POST queue/hasten {}` → `DoneView`: what waits for its next attempt is tried now. `POST processes/forget {id}` → 204. */

/** `GET audit?before=<entry>`, newest first. */
export interface AuditView {
  rows: AuditRow[];
  next: string | null;
}
export interface AuditRow {
  entry: string;
  at: number;
  who: string;
  /** In words, such as "paused slack". */
  what: string;
}

/** `GET people?days=7|30|90` */
export interface PeopleView {
  /** Different people in the last day, 7 days, 30 days, today included. */
  active: { day: number; week: number; month: number };
  /** By day, oldest first. `returning` were there before. */
  days: { day: string[]; active: number[]; fresh: number[]; returning: number[]; messages: number[] };
  /** In the chosen days; null: nobody wrote. */
  messagesPerPerson: number | null;
  medianWaitMs: number | null;
  good: number;
  bad: number;
  reasons: { reason: string; count: number }[];
  /** Newest first. A null is a day that is not over yet. */
  cohorts: Cohort[];
  by: Record<'platform' | 'channel' | 'model', PeopleRow[]>;
  /** People are told apart for so long after their last message. */
  keptDays: number;
}
export interface Cohort {
  /** The Monday of the week in which these people wrote for the first time. */
  week: string;
  people: number;
  /** How many of them wrote again exactly 1, 7 and 30 days after their first day; and how many could have by now. */
  d1: Came;
  d7: Came;
  d30: Came;
  /** By week after the first: how many wrote in it, the first week (0) included. */
  weeks: (number | null)[];
}
export interface Came {
  came: number;
  of: number;
}
export interface PeopleRow {
  name: string;
  people: number;
  messages: number;
  medianWaitMs: number | null;
  good: number;
  bad: number;
}

/** `GET cost?days=7|30|90` */
export interface CostView {
  days: { day: string[]; usd: number[]; inputTokens: number[]; outputTokens: number[]; answered: number[] };
  total: CostRow;
  by: Record<'model' | 'platform' | 'workspace', CostRow[]>;
  /** `ops.monthly_budget`; null: none is set. Days of the calendar month, UTC. */
  budget: { monthUsd: number; spentUsd: number; leftUsd: number } | null;
  usdPerAnswer: number | null;
  usdPerGood: number | null;
  /** Models that were used and whose price is not known: their tokens are counted, their money is not. */
  unpriced: string[];
}
export interface CostRow {
  name: string;
  answered: number;
  inputTokens: number;
  outputTokens: number;
  usd: number;
}

/** `GET settings` */
export interface SettingsView {
  /** In the order of the documentation; secrets as `••••`. */
  settings: { name: string; value: string; from: string; secret: boolean }[];
  models: {
    id: string;
    label: string;
    host: string;
    licence: string;
    contextTokens: number;
    /** US dollars for a million tokens; null: not known. */
    inputUsd: number | null;
    outputUsd: number | null;
    priceFrom: string | null;
  }[];
}
/** `POST doctor {}` */
export interface DoctorView {
  checks: { area: string; name: string; ok: boolean; detail: string }[];
}
