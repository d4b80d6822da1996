/** The text of attached files, put under the message that they came with. */
import type { AttachmentRef, InboundMessage, Sender } from '../contract/index.ts';
import type { Logger } from '../log/logger.ts';
import { cleanText, cutText } from './clean.ts';
import { decodeText } from './decode.ts';

/** Media types that a person would call a text file. */
const TEXT_TYPES =
  /^(text\/.*|application\/(json|xml|x-yaml|yaml|toml|javascript|x-javascript|typescript|sql|x-sh|x-ndjson|.*\+(json|xml|yaml)))$/;
/** Types that say nothing: platforms, phones and browsers put them where they know no better. */
const VAGUE_TYPES = /^(|unknown.*|(application|binary)\/(octet-stream|x-?unknown|binary|force-download|download))$/;
/** Extensions of text files. Platforms take `.ts` for a video and `.csv` for Excel's own format. */
const TEXT_NAMES =
  /\.(txt|text|log|md|markdown|mdx|rst|adoc|tex|csv|tsv|json|jsonl|ndjson|json5|geojson|ipynb|xml|xsd|xsl|svg|html?|css|scss|sass|less|ya?ml|toml|ini|cfg|conf|config|properties|env|editorconfig|lock|diff|patch|eml|ics|vcf|srt|vtt|sql|graphql|proto|[cm]?[jt]sx?|vue|svelte|py|pyi|rb|php|pl|pm|lua|r|jl|go|rs|java|kts?|groovy|gradle|scala|clj|cs|fsx?|vb|swift|m|mm|c|cc|cpp|cxx|h|hh|hpp|ino|zig|nim|dart|ex|exs|erl|hrl|hs|elm|ml|sh|bash|zsh|fish|ps1|psm1|bat|cmd|tf|tfvars|hcl|nix|cmake|mk|dockerfile|makefile)$/i;
/** Extensions of files that hold no text of their own: not worth a download when the type says nothing. */
const OTHER_NAMES =
  /\.(png|jpe?g|gif|webp|bmp|ico|tiff?|heic|avif|psd|mp[34]|m4a|wav|ogg|opus|oga|flac|aac|amr|mov|avi|mkv|webm|pdf|docx?|xlsx?|pptx?|od[tsp]|pages|numbers|key|epub|zip|gz|tgz|bz2|xz|7z|rar|tar|jar|war|apk|ipa|dmg|iso|exe|dll|so|dylib|bin|msi|class|wasm|o|a|pyc|db|sqlite3?|parquet|ttf|otf|woff2?)$/i;
const BYTES_PER_CHAR = 4;
const MAX_NAME_CHARS = 120;

/** Reads the text files that came with messages. Never throws: an answer to what is there beats none. */
export function createTextFiles(deps: { download: Sender['download']; maxFileChars: number; log: Logger }) {
  const { download, maxFileChars, log } = deps;

  async function read(file: AttachmentRef): Promise<string> {
    const name = fileName(file.name);
    let bytes: Uint8Array;
    try {
      bytes = await download(file, maxFileChars * BYTES_PER_CHAR);
    } catch (error) {
      log.warn({ err: error }, 'an attached file could not be read');
      return `\n\n[The attached file “${name}” could not be read.]`;
    }
    const decoded = decodeText(bytes);
    if (decoded === undefined)
      return `\n\n[The attached file “${name}” holds no text; what is in it is not known here.]`;
    const text = cutText(decoded, maxFileChars);
    const fence = '`'.repeat(Math.max(3, 1 + longestRun(text)));
    return `\n\nFile “${name}”:\n${fence}\n${text}\n${fence}`;
  }

  /** @returns what the message's files say, to stand under its own text; empty when there are none */
  return async (message: Pick<InboundMessage, 'attachments'>): Promise<string> =>
    (await Promise.all(message.attachments.filter(mayBeText).map(read))).join('');
}

/** By the name where it tells, by the type where that does; the content decides after the download. */
function mayBeText({ name, mediaType }: AttachmentRef): boolean {
  const type = (mediaType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (TEXT_NAMES.test(name) || TEXT_TYPES.test(type)) return true;
  return VAGUE_TYPES.test(type) && !OTHER_NAMES.test(name);
}

/** A file's name as it may stand in a prompt: one line, nothing hidden, not endless. */
export function fileName(name: string): string {
  const line = cleanText(name).replace(/\s+/g, ' ').trim();
  return line.length > MAX_NAME_CHARS ? `${line.slice(0, MAX_NAME_CHARS).toWellFormed()}…` : line;
}

function longestRun(text: string): number {
  // Not by spreading the runs: a file may hold more of them than a call takes arguments.
  let longest = 0;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return longest;
}
