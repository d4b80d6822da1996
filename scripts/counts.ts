/**
 * The closing line of `npm test`: counts.ts <vitest's JSON results> <vitest's exit code>
 * Prints `N passed, N failed` and ends with 0 only when something was tested, all of it passed and vitest agrees.
 */
import { readFileSync } from 'node:fs';

/** What is used here of vitest's JSON reporter. */
interface Results {
  numPassedTests: number;
  numFailedTests: number;
  /** Files; one that could not be loaded has failed without a test in it. */
  testResults: { name: string; status: string; message: string; assertionResults: unknown[] }[];
}

function readResults(path: string): Results | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Results;
  } catch {
    return undefined; // Not written, or not to the end: vitest itself broke off, which the caller says.
  }
}

const [path = '', code = '1'] = process.argv.slice(2);
const results = readResults(path);
const passed = results?.numPassedTests ?? 0;
const unloaded = results?.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
let failed = (results?.numFailedTests ?? 0) + (unloaded?.length ?? 0);

console.log();
for (const file of unloaded ?? []) console.log(`${file.name} could not be run, and counts as one failure.`);
if (!results) console.log(`vitest broke off (exit code ${code}) and left no results; that counts as a failure.`);
else if (failed === 0 && code !== '0') {
  console.log(`vitest ended with exit code ${code} though no test failed (see above); that counts as a failure.`);
} else if (failed === 0 && passed === 0) console.log('No test was run; that counts as a failure.');
if (failed === 0 && (code !== '0' || passed === 0)) failed = 1;

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : Number(code) || 1;
