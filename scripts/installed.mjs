/**
 * Does node_modules hold what package-lock.json asks for? The exit code tells. Development packages may be left out, but not
 * with --dev; what is there besides does no harm.
 * Plain JavaScript that Node 20 runs, since it runs before anything is installed.
 */
import { readFileSync } from 'node:fs';

/** @param {string} path a lockfile's @returns {Record<string, any>} its packages, by their folder; none when there is no such file */
function packages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch {
    return {}; // Missing or cut off in the middle: then it is not installed.
  }
}

const withDev = process.argv.includes('--dev');
const installed = packages('node_modules/.package-lock.json');
const missing = Object.entries(packages('package-lock.json')).filter(
  ([folder, wanted]) =>
    folder !== '' &&
    (withDev || !wanted.dev) &&
    !wanted.optional &&
    !wanted.devOptional &&
    installed[folder]?.integrity !== wanted.integrity,
);
const complete = missing.length === 0 && Object.keys(installed).length > 0;
process.exitCode = complete ? 0 : 1;
