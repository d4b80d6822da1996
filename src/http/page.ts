import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const compressGzip = promisify(gzip);
const compressBrotli = promisify(brotliCompress);
/** Below this, compression costs more than it saves. */
const WORTH_COMPRESSING_BYTES = 1_024;

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
};

interface PageFile {
  type: string;
  etag: string;
  plain: Buffer;
  /** Absent for what is small, or compressed by nature. */
  gzip?: Buffer;
  br?: Buffer;
}

export type Page = ReturnType<typeof createPage>;

/**
 * The built page's files, held in memory (some hundred KB) and compressed once. Only names that were found in the folder
 * are served, so no path leads out of it. A new build is noticed by `index.html`'s time.
 * @param dir a page's `dist`
 */
export function createPage(dir: string) {
  let loaded: { builtAt: number; files: Promise<Map<string, PageFile>> } | undefined;

  async function load(): Promise<Map<string, PageFile>> {
    const names = await readdir(dir, { recursive: true });
    const files = new Map<string, PageFile>();
    for (const name of names) {
      const type = TYPES[extname(name)];
      if (type) files.set(name.replaceAll('\\', '/'), await prepare(await readFile(join(dir, name)), type));
    }
    return files;
  }

  /** When the page was built (ms); null when it was not. */
  async function builtAt(): Promise<number | null> {
    try {
      return (await stat(join(dir, 'index.html'))).mtimeMs;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  return {
    builtAt,

    /** A file by its name in the folder; `unbuilt` when there is no page at all, null when only this file is missing. */
    async file(name: string): Promise<PageFile | 'unbuilt' | null> {
      const time = await builtAt();
      if (time === null) return 'unbuilt';
      if (loaded?.builtAt !== time) loaded = { builtAt: time, files: load() };
      const { files } = loaded;
      try {
        return (await files).get(name) ?? null;
      } catch (error) {
        loaded = undefined;
        throw error;
      }
    },
  };
}

async function prepare(plain: Buffer, type: string): Promise<PageFile> {
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  const compressible = /^text|json|svg/.test(type) && plain.length >= WORTH_COMPRESSING_BYTES;
  if (!compressible) return { type, etag, plain };
  return { type, etag, plain, gzip: await compressGzip(plain), br: await compressBrotli(plain) };
}
