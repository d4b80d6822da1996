/** `npm run doctor`: can a browser be started here, and is there a session? The link itself is the running process's. */
import { access } from 'node:fs/promises';
import type { Check } from '../../src/contract/index.ts';
import { findChromium } from './browser/chromium.ts';
import { profileIn } from './browser/profile.ts';

export async function checkWhatsAppWeb(options: {
  chromiumPath: string | undefined;
  folder: string;
}): Promise<Check[]> {
  return [await checkChromium(options.chromiumPath), await checkSession(options.folder)];
}

async function checkChromium(named: string | undefined): Promise<Check> {
  const name = 'WhatsApp Web browser';
  try {
    const { path, version } = await findChromium(named);
    const root = process.getuid?.() === 0 ? '; run as root it has no sandbox: use another user' : '';
    return { name, ok: true, detail: `${path}, version ${version}${root}` };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

async function checkSession(folder: string): Promise<Check> {
  const name = 'WhatsApp Web session';
  const there = await access(profileIn(folder)).then(
    () => true,
    () => false,
  );
  const detail = there
    ? `kept in ${folder}; whether the phone still knows it, /readyz of the running Chasqui tells`
    : 'none yet: after the start, scan the code in the terminal or on /ops/whatsapp';
  return { name, ok: true, detail };
}
