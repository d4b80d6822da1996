const FENCE = /^\s*(?:(?:[>*+-]|\d{1,9}[.)])\s*)*(`{3,}|~{3,})/;
const HEAD_CHARS = 80;

/** Follows a Markdown text in pieces, as far as one must to know what stands in code. Linear, whatever the pieces. */
export function createCodeState(): { read(text: string): void; inCode(): boolean } {
  let fence = '';
  /** The beginning of the line. */
  let head = '';
  let openTicks = false;
  let afterTick = false;

  function endLine(): void {
    const mark = FENCE.exec(head)?.[1];
    if (mark && fence === '') fence = mark;
    else if (mark && mark[0] === fence[0] && mark.length >= fence.length) fence = '';
    head = '';
    openTicks = false;
    afterTick = false;
  }

  return {
    read(text) {
      for (const char of text) {
        if (char === '\n') {
          endLine();
          continue;
        }
        if (head.length < HEAD_CHARS) head += char;
        // A run of backticks opens or closes, however long it is.
        if (char === '`' && !afterTick) openTicks = !openTicks;
        afterTick = char === '`';
      }
    },
    inCode: () => fence !== '' || openTicks,
  };
}
