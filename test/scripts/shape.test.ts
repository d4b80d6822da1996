import { expect, test } from 'vitest';
import { againstShape } from '../../scripts/shape.ts';

const WHOLE = ['index', 'settings', 'check', 'route', 'events', 'sender'].map((name) => `adapters/matrix/${name}.ts`);

test('an adapter has its six files, and folders by known names', () => {
  expect(
    againstShape([...WHOLE, 'adapters/matrix/send/draft.ts', 'adapters/kit/http.ts', 'src/log/logger.ts']),
  ).toEqual([]);
  expect(againstShape(WHOLE.slice(1))).toEqual([expect.stringContaining('adapters/matrix/index.ts is missing')]);
  expect(againstShape([...WHOLE, 'adapters/matrix/helpers/a.ts', 'adapters/matrix/helpers/b.ts'])).toEqual([
    expect.stringContaining('adapters/matrix/helpers/'),
  ]);
  // A file of that name in a folder is not it.
  expect(againstShape([...WHOLE.slice(1), 'adapters/matrix/send/index.ts'])).toHaveLength(1);
});
