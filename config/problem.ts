/** One thing that is wrong with the configuration. */
export interface Problem {
  /** `SLACK_APP_TOKEN`, or the YAML file's `web.enabled`. */
  setting: string;
  /** Where it stands: `environment`, `.env, line 3`, `config/chasqui.yaml, line 12`. Left out when it stands nowhere. */
  where?: string;
  /** What was found, fit to be shown: no secret in it. */
  got?: string;
  /** What is wrong, what belongs there, or what to do. */
  wants: string;
}

/** A problem as one line of text. */
export function describeProblem({ setting, where, got, wants }: Problem): string {
  return `${setting}${where ? ` (${where})` : ''}: ${got === undefined ? '' : `got ${got}; `}${wants}`;
}

/** The configuration cannot be used. The message lists everything that is wrong with it, one problem a line. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'One setting is wrong' : `${problems.length} settings are wrong`;
    super(`${count}:\n${problems.map((problem) => `  - ${describeProblem(problem)}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
