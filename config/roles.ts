/** Reads and checks `ROLES`: which parts of Chasqui a process runs. */
import type { Environment } from './environment.ts';
import { show } from './explain.ts';
import { isConfigured, needsOf, type Values, whatIsMissing } from './platforms.ts';
import type { Problem } from './problem.ts';
import { type FileConfig, PLATFORMS, type Platform, ROLES, type Role } from './schema.ts';
import { didYouMean, oneOf } from './suggest.ts';

/** Whether a role is the receiver of a platform. */
export function isPlatform(role: Role): role is Platform {
  return (PLATFORMS as readonly Role[]).includes(role);
}

interface AskedRoles {
  known: Role[];
  unknown: string[];
}

/**
 * Reads `ROLES`, a list with commas or spaces between the names.
 * @returns null when it is not set: then a process runs all that is configured
 */
export function parseRoles(text: string | undefined): AskedRoles | null {
  const names = (text ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  if (names.length === 0) return null;
  const isRole = (name: string) => (ROLES as readonly string[]).includes(name);
  return { known: names.filter(isRole) as Role[], unknown: names.filter((name) => !isRole(name)) };
}

/** Roles that there are not, and platforms that are asked for and cannot run. */
export function checkRoles(asked: AskedRoles | null, values: Values, file: FileConfig, env: Environment): Problem[] {
  const problem = (got: string, wants: string) => ({
    setting: 'ROLES',
    where: env.where('ROLES'),
    got: show(got),
    wants,
  });
  const unknown = (asked?.unknown ?? []).map((name) =>
    problem(name, `there is no such role.${didYouMean(name, ROLES) || ` Roles are ${oneOf(ROLES, 'and')}`}`),
  );
  const off = (asked?.known ?? []).filter(isPlatform).filter((platform) => {
    // Half of what it needs: `checkPlatforms` says what is missing.
    return !isConfigured(platform, values, file) && whatIsMissing(needsOf(platform).ways, values) === null;
  });
  return [...unknown, ...off.map((name) => problem(name, `it is not configured: ${needsOf(name).howTo}`))];
}
