/** A bot with the world around it: a platform and a model's host of its own, and the books about it. */
import { resolve } from 'node:path';
import { type Answers, type Bot, type BotName, startChasqui, startPeer } from './bots.ts';
import { type FakeModel, startFakeModel } from './fake-model.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { type Platform, type PlatformName, startPlatform } from './platform.ts';

export interface Contender {
  bot: Bot;
  ledger: Ledger;
  platform: Platform;
  model: FakeModel;
  stop(): Promise<void>;
}

export async function startContender(
  name: BotName,
  options: {
    answers: Answers;
    platform: PlatformName;
    tokenEveryMs: number;
    redisUrl?: string | undefined;
    profileFolder?: string | undefined;
    quiet?: boolean;
  },
): Promise<Contender> {
  const ledger = createLedger();
  const platform = await startPlatform(options.platform, ledger);
  const model = await startFakeModel({ tokenEveryMs: options.tokenEveryMs });
  const close = () => {
    platform.close();
    model.close();
  };
  const surroundings = { answers: options.answers, platform: platform.env, modelUrl: model.url };
  const { redisUrl, profileFolder, quiet = false } = options;
  const starting =
    name === 'chasqui' || name === 'chasqui-uncounted'
      ? startChasqui(name, {
          ...surroundings,
          redisUrl,
          profileFolder: profileFolder && resolve(profileFolder),
          quiet,
        })
      : startPeer(name, surroundings);
  const bot = await starting.catch((error) => {
    close();
    throw error;
  });
  return {
    bot,
    ledger,
    platform,
    model,
    async stop() {
      await bot.stop();
      close();
    },
  };
}
