const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * Takes the reasoning off the head of a streamed answer. DeepSeek R1, Qwen 3 and others write it as `<think>…</think>`
 * before the answer when their host does not part the two.
 * @returns a function from each piece of text to what of it may be shown, and `rest()` for what was held back at the end
 */
export function createThinkFilter(): { show(piece: string): string; rest(): string } {
  let state: 'head' | 'inside' | 'gap' | 'answer' = 'head';
  let held = '';

  function show(piece: string): string {
    if (state === 'answer') return piece;
    held += piece;
    if (state === 'head') {
      const head = held.trimStart();
      if (head.length < OPEN.length && OPEN.startsWith(head)) return '';
      if (!head.startsWith(OPEN)) return pass(held);
      state = 'inside';
      held = head.slice(OPEN.length);
    }
    if (state === 'inside') {
      const end = held.indexOf(CLOSE);
      if (end === -1) {
        // Only as much as could be the beginning of the closing tag.
        held = held.slice(1 - CLOSE.length);
        return '';
      }
      state = 'gap';
      held = held.slice(end + CLOSE.length);
    }
    const answer = held.trimStart();
    held = '';
    return answer === '' ? '' : pass(answer);
  }

  function pass(text: string): string {
    state = 'answer';
    held = '';
    return text;
  }

  return { show, rest: () => (state === 'head' ? pass(held) : '') };
}
