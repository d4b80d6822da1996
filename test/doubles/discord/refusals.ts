/** The refusals that several routes share (Opcodes and status codes: JSON error codes). */
import { DiscordRefusal } from './types.ts';

export const unknownChannel = () => new DiscordRefusal(404, 10003, 'Unknown Channel');
export const unknownGuild = () => new DiscordRefusal(404, 10004, 'Unknown Guild');
export const unknownMember = () => new DiscordRefusal(404, 10007, 'Unknown Member');
export const unknownMessage = () => new DiscordRefusal(404, 10008, 'Unknown Message');
export const unknownUser = () => new DiscordRefusal(404, 10013, 'Unknown User');
export const unknownWebhook = () => new DiscordRefusal(404, 10015, 'Unknown Webhook');
export const unknownInteraction = () => new DiscordRefusal(404, 10062, 'Unknown interaction');
export const unknownCommand = () => new DiscordRefusal(404, 10063, 'Unknown application command');
export const missingAccess = () => new DiscordRefusal(403, 50001, 'Missing Access');
export const notYours = () => new DiscordRefusal(403, 50005, 'Cannot edit a message authored by another user');
export const emptyMessage = () => new DiscordRefusal(400, 50006, 'Cannot send an empty message');
export const missingPermissions = () => new DiscordRefusal(403, 50013, 'Missing Permissions');
export const unauthorized = () => new DiscordRefusal(401, 0, '401: Unauthorized');
export const notFound = () => new DiscordRefusal(404, 0, '404: Not Found');

/** Collects field errors, and throws them all together as 50035 with the `errors` tree (Reference: error messages). */
export function createProblems() {
  const tree: Record<string, unknown> = {};
  let any = false;
  return {
    /** `path` names the field: `['components', 0, 'label']`. */
    add(path: (string | number)[], code: string, message: string): void {
      any = true;
      let node = tree;
      for (const step of path) {
        node[step] ??= {};
        node = node[step] as Record<string, unknown>;
      }
      node._errors ??= [];
      (node._errors as unknown[]).push({ code, message });
    },
    /** @throws DiscordRefusal 50035 when anything was added */
    settle(): void {
      if (any) throw new DiscordRefusal(400, 50035, 'Invalid Form Body', tree);
    },
  };
}
export type Problems = ReturnType<typeof createProblems>;

/** 50035 for one field. */
export function invalid(path: (string | number)[], code: string, message: string): never {
  const problems = createProblems();
  problems.add(path, code, message);
  problems.settle();
  throw new Error('unreachable');
}

/** Adds the error of a text that is too long, too short, missing or no text. Undefined and null pass unless `min`. */
export function checkLength(
  problems: Problems,
  path: (string | number)[],
  value: unknown,
  range: { min?: number; max: number },
): void {
  const { min = 0, max } = range;
  if (value === undefined || value === null) {
    if (min > 0) problems.add(path, 'BASE_TYPE_REQUIRED', 'This field is required');
    return;
  }
  // Lengths count characters, not UTF-16 units (seen with emoji; no page says it).
  const length = typeof value === 'string' ? lengthOf(value) : 0;
  if (typeof value !== 'string') problems.add(path, 'STRING_TYPE_CONVERT', 'Could not interpret value as string.');
  else if (length === 0 && min > 0) problems.add(path, 'BASE_TYPE_REQUIRED', 'This field is required');
  else if (length < min) problems.add(path, 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${max} in length.`);
  else if (length > max)
    problems.add(
      path,
      min > 0 ? 'BASE_TYPE_BAD_LENGTH' : 'BASE_TYPE_MAX_LENGTH',
      min > 0 ? `Must be between ${min} and ${max} in length.` : `Must be ${max} or fewer in length.`,
    );
}

/** Code points in a text. */
export function lengthOf(text: string): number {
  let pairs = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff) pairs += 1;
  }
  return text.length - pairs;
}
