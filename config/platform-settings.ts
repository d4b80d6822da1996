/** The platforms there are, in the order in which people see them. A new one is one line here. */
import { discord } from '../adapters/discord/settings.ts';
import { slack } from '../adapters/slack/settings.ts';
import { telegram } from '../adapters/telegram/settings.ts';
import { web } from '../adapters/web/settings.ts';
import { whatsappCloud } from '../adapters/whatsapp-cloud/settings.ts';
import { whatsappLinked } from '../adapters/whatsapp-linked/settings.ts';

export const PLATFORM_SETTINGS = {
  slack,
  discord,
  whatsapp: whatsappCloud,
  'whatsapp-web': whatsappLinked,
  telegram,
  web,
};
