/** Which Chromium is used, and with how few rights. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const VERSION_TIMEOUT_MS = 20_000;

export class ChromiumError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ChromiumError';
  }
}

export interface Chromium {
  path: string;
  /** E.g. `156.0.7000.1`. */
  version: string;
}

/**
 * @param named CHROMIUM_PATH
 * @throws ChromiumError that says what to install or set
 */
export async function findChromium(named: string | undefined, path = process.env.PATH ?? ''): Promise<Chromium> {
  const candidates = named
    ? [named]
    : NAMES.flatMap((name) => path.split(delimiter).map((folder) => join(folder, name)));
  for (const candidate of candidates) {
    if (!(await isProgram(candidate))) continue;
    return { path: candidate, version: await versionOf(candidate) };
  }
  throw new ChromiumError(
    named
      ? `CHROMIUM_PATH is ${named}, which is no program: name Chromium's or Chrome's`
      : `WhatsApp Web needs Chromium, and there is none on PATH (${NAMES.join(', ')}): install it, or set CHROMIUM_PATH`,
  );
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function versionOf(path: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: VERSION_TIMEOUT_MS });
    const version = /\d+(\.\d+)+/.exec(stdout)?.[0];
    if (version) return version;
    throw new Error(`it says ${JSON.stringify(stdout.slice(0, 100))}`);
  } catch (error) {
    throw new ChromiumError(`${path} does not run: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * The library's own choice is a Chrome of 2022 on a Mac, and headless Chromium names itself so; WhatsApp turns both away.
 */
export function userAgentFor({ version }: Chromium): string {
  const [major] = version.split('.');
  return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`;
}

/** Whoever reaches such a port reads and writes as the linked account: it asks for no key. */
const OPENS_DEVTOOLS = /^--remote-(debugging|allow-origins)/;

/**
 * @param extra WHATSAPP_WEB_ARGS: separated by spaces; an argument with spaces stands in double quotes
 * @throws ChromiumError for an argument that opens the browser to others
 */
export function argumentsFor(extra: string | undefined): string[] {
  const own = splitArguments(extra ?? '');
  const open = own.find((argument) => OPENS_DEVTOOLS.test(argument));
  if (open)
    throw new ChromiumError(`WHATSAPP_WEB_ARGS has ${open}, which hands the linked account to others: remove it`);
  return [
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-extensions',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--mute-audio',
    '--no-first-run',
    // Chromium's sandbox does not work for root; anybody else keeps it.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ...own,
  ];
}

function splitArguments(text: string): string[] {
  return [...text.matchAll(/(?:"[^"]*"|[^\s"])+/g)].map(([argument]) => argument.replaceAll('"', ''));
}
