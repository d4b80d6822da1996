/** The platforms that the storm can play. */
import type { Chance } from '../prng.ts';
import type { Weather } from '../weather.ts';
import { startDiscordStage } from './discord.ts';
import { startSlackStage } from './slack.ts';
import type { Stage } from './stage.ts';
import { startTelegramStage } from './telegram.ts';
import { startWebStage } from './web.ts';
import { startWhatsAppStage } from './whatsapp.ts';
import { lacksChromium, startWhatsAppWebStage } from './whatsapp-web.ts';

const STAGES: Record<string, (weather: Weather, chance: Chance) => Promise<Stage>> = {
  slack: startSlackStage,
  discord: startDiscordStage,
  whatsapp: startWhatsAppStage,
  'whatsapp-web': startWhatsAppWebStage,
  telegram: startTelegramStage,
  web: startWebStage,
};

export const PLATFORMS = Object.keys(STAGES);

export function startStage(platform: string, weather: Weather, chance: Chance): Promise<Stage> {
  const start = STAGES[platform];
  if (!start) throw new Error(`no platform "${platform}"; there are ${PLATFORMS.join(', ')}`);
  return start(weather, chance.fork(platform));
}

/** Those that this machine can play, and why it cannot play the others. */
export async function playable(platforms: readonly string[]): Promise<{ platforms: string[]; leftOut: string[] }> {
  const why = platforms.includes('whatsapp-web') ? await lacksChromium() : undefined;
  if (why === undefined) return { platforms: [...platforms], leftOut: [] };
  return {
    platforms: platforms.filter((platform) => platform !== 'whatsapp-web'),
    leftOut: [`whatsapp-web is left out: ${why}`],
  };
}
