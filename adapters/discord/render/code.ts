/** Blocks of code: what Discord shows as one, and what goes with the message as a file. */
import { JOINER } from './inline.ts';

/** What Discord takes for the name of a language (discord.com "Markdown Text 101"; the client's own rule). */
const LANGUAGE = /^[a-zA-Z0-9_+.-]{1,30}$/;
const ALIASES: Record<string, string> = { 'c#': 'cs', 'f#': 'fs', 'objective-c': 'objectivec', 'visual-basic': 'vb' };

const EXTENSIONS: Record<string, string> = {
  bash: 'sh',
  c: 'c',
  'c++': 'cpp',
  cpp: 'cpp',
  cs: 'cs',
  csharp: 'cs',
  css: 'css',
  csv: 'csv',
  dart: 'dart',
  diff: 'diff',
  elixir: 'ex',
  erlang: 'erl',
  go: 'go',
  golang: 'go',
  graphql: 'graphql',
  haskell: 'hs',
  html: 'html',
  ini: 'ini',
  java: 'java',
  javascript: 'js',
  js: 'js',
  json: 'json',
  jsx: 'jsx',
  julia: 'jl',
  kotlin: 'kt',
  latex: 'tex',
  lua: 'lua',
  makefile: 'mk',
  markdown: 'md',
  md: 'md',
  perl: 'pl',
  php: 'php',
  powershell: 'ps1',
  py: 'py',
  python: 'py',
  r: 'r',
  rb: 'rb',
  rs: 'rs',
  ruby: 'rb',
  rust: 'rs',
  scala: 'scala',
  scss: 'scss',
  sh: 'sh',
  shell: 'sh',
  sql: 'sql',
  svg: 'svg',
  swift: 'swift',
  tex: 'tex',
  toml: 'toml',
  ts: 'ts',
  tsx: 'tsx',
  typescript: 'ts',
  vb: 'vb',
  xml: 'xml',
  yaml: 'yaml',
  yml: 'yml',
  zig: 'zig',
};

/** A block of code; what would end it early is broken by a joiner. */
export function codeBlock(value: string, language: string): string {
  return `\`\`\`${languageOf(language)}\n${value.replace(/``(?=`)/g, `\`\`${JOINER}`)}\n\`\`\``;
}

/** @param number which file of the answer it is, from 1. */
export function fileName(language: string, number: number): string {
  const extension = EXTENSIONS[languageOf(language).toLowerCase()] ?? 'txt';
  return `code${number > 1 ? `-${number}` : ''}.${extension}`;
}

/** What stands in the place of code that is a file: `open` while it is being written, `waiting` until the answer is whole. */
export function fileNote(name: string, text: string, state: 'open' | 'waiting' | 'attached'): string {
  const lines = `${text.split('\n').length} lines`;
  const said = { open: `${lines} so far …`, waiting: `${lines}, attached at the end`, attached: `${lines}, attached` };
  return `📄 \`${name}\` (${said[state]})`;
}

function languageOf(info: string): string {
  const name = ALIASES[info.toLowerCase()] ?? info;
  return LANGUAGE.test(name) ? name : '';
}
