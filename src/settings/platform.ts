/**
 * All that is set for one platform: its variables, what it needs to be on, the form of its tokens, its sections of the YAML
 * file. One file a platform, `adapters/<platform>/settings.ts`, listed in `config/platform-settings.ts`. Such a file imports
 * nothing of ours but this room, so that a platform that is off loads none of its code.
 */
import type { z } from 'zod';

/** Variables that belong together: a service works when all variables of one of its ways are set. */
export interface Way<Variable extends string = string> {
  name: string;
  variables: readonly Variable[];
}

/** What the first characters of a secret tell about it. */
export interface TokenKind {
  form: RegExp;
  what: string;
  /** The variable it belongs in, if there is a use for it. */
  belongsIn?: string;
  /** What to do otherwise. */
  instead?: string;
}

/** What a variable's secret must look like. */
export interface TokenForm {
  form: RegExp;
  /** Begins with "wants". */
  wants: string;
  /** The form is only how the real ones look, and a test host's may look different: say so, but go on. */
  lenient?: boolean;
}

export interface PlatformSettings<V extends z.ZodRawShape = z.ZodRawShape, S extends z.ZodRawShape = z.ZodRawShape> {
  /** As people know it. */
  label: string;
  /** The heading above its variables, and what to read before they are filled in (Markdown). */
  group: { title: string; intro?: string };
  variables: V;
  /** Its sections of the YAML file, by their names. */
  sections: S;
  /** Ways to receive. Empty: the platform needs no variables. */
  ways: readonly Way<keyof V & string>[];
  /** What a process needs that only sends (a worker without the receiver). */
  toSend: readonly (keyof V & string)[];
  /** Its switch in the YAML file, if there is one. */
  switch?: { section: string; key: string };
  /** What to do to have it: "set … in .env (docs/…)". */
  howTo: string;
  /** Tokens that tell their kind by their form; the first that fits counts. */
  tokenKinds?: readonly TokenKind[];
  tokenForms?: { [name in keyof V & string]?: TokenForm };
}

/** Checks that `ways`, `toSend` and `tokenForms` name variables of this platform. */
export function platformSettings<V extends z.ZodRawShape, S extends z.ZodRawShape>(
  settings: PlatformSettings<V, S>,
): PlatformSettings<V, S> {
  return settings;
}
