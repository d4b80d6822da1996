import type { Emitter } from 'highlight.js';
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import diff from 'highlight.js/lib/languages/diff';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import type { Piece } from './highlight.ts';

/** Longer code stays plain: it would hold up the page. */
const LONGEST = 30_000;

for (const [name, language] of Object.entries({
  bash,
  diff,
  dockerfile,
  go,
  ini,
  java,
  json,
  python,
  rust,
  sql,
  typescript,
  xml,
  yaml,
})) {
  hljs.registerLanguage(name, language);
}
hljs.registerAliases(['javascript', 'js', 'jsx', 'mjs', 'cjs'], { languageName: 'typescript' });
hljs.registerAliases(['shell', 'console', 'sh', 'zsh'], { languageName: 'bash' });

/** Collects what highlight.js finds as plain data in place of its HTML text. */
class PieceEmitter implements Emitter {
  root: Piece[] = [];
  private open: Piece[][] = [this.root];
  startScope(scope: string): void {
    const pieces: Piece[] = [];
    this.add({ scope, pieces });
    this.open.push(pieces);
  }
  endScope(): void {
    if (this.open.length > 1) this.open.pop();
  }
  openNode(scope: string): void {
    this.startScope(scope);
  }
  closeNode(): void {
    this.endScope();
  }
  addText(text: string): void {
    if (text) this.add(text);
  }
  __addSublanguage(emitter: Emitter, name: string): void {
    this.add({ scope: `language:${name}`, pieces: (emitter as PieceEmitter).root });
  }
  finalize(): void {}
  toHTML(): string {
    return '';
  }
  private add(piece: Piece): void {
    this.open.at(-1)?.push(piece);
  }
}
hljs.configure({ __emitter: PieceEmitter });

/** Null for a language that is not known. */
export function highlight(code: string, lang: string): Piece[] | null {
  if (code.length > LONGEST || !hljs.getLanguage(lang)) return null;
  return (hljs.highlight(code, { language: lang, ignoreIllegals: true })._emitter as PieceEmitter).root;
}
