/** `npm run docs`: writes everything that says what the schema says. A test fails while a file is not as this writes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { WRITTEN_FROM_THE_SCHEMA } from './settings-docs.ts';

for (const { path, write } of WRITTEN_FROM_THE_SCHEMA) {
  const before = readFileSync(path, 'utf8');
  const after = write(before);
  if (after !== before) writeFileSync(path, after);
  console.log(`${after === before ? '·' : '✓'} ${path}${after === before ? ' is up to date' : ''}`);
}
