/** A bot that needs packages of its own has them in this folder's package.json, so that no other install has them. */
import { existsSync } from 'node:fs';

/** What installs them. */
export const INSTALL_PEERS = 'npm ci --prefix bench/peers';

/** Whether the packages of a bot are there. */
export function isInstalled(bot: string): boolean {
  return bot !== 'chat' || existsSync(new URL('node_modules/chat', import.meta.url));
}
