/** The fields of the hashes of counts. A part of the whole is `all`, `p:<platform>`, `m:<model>`, `c:<channel>` or `w:<workspace>`. */

/** In minutes and hours. */
export const field = {
  in: (platform: string) => `in|${platform}`,
  answered: (platform: string) => `ok|${platform}`,
  failed: (platform: string) => `bad|${platform}`,
  calls: (model: string) => `calls|${model}`,
  callsFailed: (model: string) => `errors|${model}`,
  waiting: (bucket: number) => `w|${bucket}`,
  firstToken: (bucket: number) => `f|${bucket}`,
  whole: (bucket: number) => `t|${bucket}`,
};

/** In days, for each part. Money in thousandths of a millionth of a dollar, so that it can be added without error. */
export const daily = {
  messages: (part: string) => `n|${part}`,
  answered: (part: string) => `ok|${part}`,
  failed: (part: string) => `failed|${part}`,
  inputTokens: (part: string) => `in|${part}`,
  outputTokens: (part: string) => `out|${part}`,
  nanoUsd: (part: string) => `usd|${part}`,
  /** What platforms take for messages; part of `usd`, and of no model's. */
  feesNanoUsd: (part: string) => `fees|${part}`,
  unpriced: (part: string) => `free|${part}`,
  good: (part: string) => `good|${part}`,
  bad: (part: string) => `bad|${part}`,
  reason: (reason: string) => `why|${reason}`,
  waiting: (part: string, bucket: number) => `w${bucket}|${part}`,
  /** People who wrote for the first time. */
  fresh: 'fresh',
};

export const NANO = 1_000_000_000;
/** What is beyond the number of channels or workspaces that have lines of their own. */
export const OTHER = 'other';
