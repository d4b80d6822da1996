/** What Telegram refuses, in its words. */
export class Refusal extends Error {
  readonly code: number;
  readonly parameters: Record<string, unknown> | undefined;
  constructor(code: number, description: string, parameters?: Record<string, unknown>) {
    super(description);
    this.code = code;
    this.parameters = parameters;
  }
}
export const bad = (what: string) => new Refusal(400, `Bad Request: ${what}`);
