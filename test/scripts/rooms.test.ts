import { expect, test } from 'vitest';
import { againstFloors, roomOf } from '../../scripts/rooms.ts';

test.each([
  ['src/conversation/keys.ts', 'src/conversation/decode.ts'],
  ['src/conversation/keys.ts', 'src/contract/index.ts'],
  ['adapters/slack/index.ts', 'adapters/kit/http.ts'],
  ['adapters/slack/index.ts', 'src/core/core.ts'],
  ['src/app/platforms.ts', 'adapters/slack/index.ts'],
  ['config/platform-settings.ts', 'adapters/slack/settings.ts'],
  ['adapters/slack/settings.ts', 'src/settings/fields.ts'],
  ['adapters/web/page/src/main.tsx', 'src/markdown/hostile.ts'],
])('%s may import %s', (path, target) => expect(againstFloors(path, target)).toBeUndefined());

test.each([
  ['src/conversation/keys.ts', 'src/queue/pauses.ts', /src\/queue is on floor \d/],
  ['src/contract/message.ts', 'src/log/logger.ts', /floor/],
  ['adapters/slack/index.ts', 'adapters/discord/index.ts', /adapters\/discord is on floor/],
  ['adapters/kit/http.ts', 'adapters/slack/index.ts', /floor/],
  ['adapters/slack/settings.ts', 'adapters/slack/api.ts', /adapters\/slack is on floor/],
  ['adapters/slack/settings.ts', 'config/schema.ts', /config is on floor/],
  ['config/schema.ts', 'adapters/slack/api.ts', /adapters\/slack is on floor/],
  ['src/ops/api.ts', 'src/app/start.ts', /src\/app is on floor/],
  ['workers/turn.ts', 'src/ops/keys.ts', /floor/],
  ['src/ops/page/src/main.tsx', 'src/ops/api.ts', /browser/],
  ['adapters/web/page/src/main.tsx', 'adapters/web/api.ts', /browser/],
  ['src/secrets/read.ts', 'src/contract/index.ts', /give its folder a floor/],
  ['src/loose.ts', 'src/contract/index.ts', /give its folder a floor/],
])('%s must not import %s', (path, target, why) => expect(againstFloors(path, target)).toMatch(why));

test('every file of an adapter is in its room', () => {
  expect(roomOf('adapters/slack/render/blocks.ts')).toBe('adapters/slack');
});
