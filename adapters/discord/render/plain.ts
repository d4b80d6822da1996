import { type DiscordPiece, renderDiscord } from './render.ts';

const LONGEST = 2_000;
const NO_FILE = '\n-# The file was refused, and is left out.';
const MASKED_LINK = /\[([^[\]\n]+)\]\(<https?:\/\/[^\s<>]+>\)/g;

/** The plainest form of a reply: text alone. Code stays, and tables as code; files and what links hide are left out. */
export function plainDiscord(markdown: string): DiscordPiece[] {
  return renderDiscord(markdown).map(({ content, file }) => {
    const text = content.replace(MASKED_LINK, '$1');
    return { content: file ? text.slice(0, LONGEST - NO_FILE.length) + NO_FILE : text };
  });
}
