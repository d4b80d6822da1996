/** Takes out of a streamed answer what a host should have: reasoning between tags, and the model's own control tokens. */
import { createCodeState } from './code-state.ts';

const OPEN = /^\s*(?:<think(?:ing)?>|\[think\])/i;
const OPENS = ['<thinking>', '<think>', '[think]'];
const CLOSE = /<\/think(?:ing)?>|\[\/think\]/i;

/** `</think>`, and control tokens of Llama, Qwen, gpt-oss, DeepSeek, Gemma and Mistral. */
const MARK =
  /<\/think(?:ing)?>|\[\/think\]|<\|[a-z]\w{0,30}\|>|<｜[\w▁]{1,30}｜>|<(?:start|end)_of_turn>|<eos>|<\/s>|\[\/?INST\]/i;
/** What may be the beginning of one. */
const PARTIAL = /<[^\s<>]{0,33}$|\[\/?[A-Z]{0,5}$/i;
const LONGEST_PARTIAL = 40;
/** The head of a message: its author, up to the token that ends it. */
const ROLE = /^(?:assistant|model|ipython)?\s*/;
const NEXT_MESSAGE = /^\s*(?:<\||<｜|(?:assistant|user|system|ipython|model)\b)/;
/** Enough to tell what follows a mark. */
const LOOK_AHEAD = 16;
const LEAST_LOOK_AHEAD = 10;
const LONGEST_CLOSE = 11;

export interface Shown {
  text: string;
  /** What was shown before was reasoning: the answer begins with this text. */
  anew: boolean;
}

export interface AnswerFilter {
  show(piece: string): Shown;
  /** What was held back, at the end. */
  rest(): Shown;
  /** The host parts reasoning from the answer by itself. */
  parted(): void;
}

/**
 * @param thinks the model is known to reason at the head of its answer, and its chat template to have opened the tag:
 * nothing is shown before the closing one
 * @returns a function from each piece of text to what of it may be shown
 */
export function createAnswerFilter(thinks = false): AnswerFilter {
  let state: 'head' | 'thinking' | 'waiting' | 'answer' | 'over' = 'head';
  let held = '';
  let out = '';
  let anew = false;
  /** Nothing but white space was shown of the answer so far. */
  let blank = true;
  let closed = false;
  let trimHead = false;
  let struck = false;
  /** The answer itself writes of the opening tag. */
  let opened = false;
  let wait = thinks;
  /** What waits for the closing tag. */
  let parked: string[] = [];
  let code = createCodeState();
  let lastChar = '';

  function emit(text: string): void {
    const shown = blank && trimHead ? text.trimStart() : text;
    if (shown === '') return;
    code.read(shown);
    out += shown;
    lastChar = shown.slice(-1);
    struck ||= shown.includes('<s>');
    opened ||= /<think|\[think\]/i.test(shown);
    if (shown.trim() !== '') blank = false;
  }

  /** The answer begins: what came before was reasoning. */
  function begin(): void {
    anew ||= !blank;
    out = '';
    blank = true;
    closed = true;
    trimHead = true;
    parked = [];
    code = createCodeState();
    lastChar = '';
    state = 'answer';
  }

  function readHead(final: boolean): boolean {
    const open = OPEN.exec(held);
    if (open) {
      held = held.slice(open[0].length);
      state = 'thinking';
      return true;
    }
    const start = held.trimStart().toLowerCase();
    if (!final && OPENS.some((tag) => start.length < tag.length && tag.startsWith(start))) return false;
    state = wait ? 'waiting' : 'answer';
    return true;
  }

  function readThinking(): boolean {
    const close = CLOSE.exec(held);
    if (!close) {
      // Only as much as could be the beginning of the closing tag.
      held = held.slice(-LONGEST_CLOSE);
      return false;
    }
    held = held.slice(close.index + close[0].length);
    begin();
    return true;
  }

  function readWaiting(final: boolean): boolean {
    const close = CLOSE.exec(held);
    if (close) {
      held = held.slice(close.index + close[0].length);
      begin();
      return true;
    }
    if (final || !wait) {
      held = parked.join('') + held;
      state = 'answer';
      return true;
    }
    parked.push(held.slice(0, -LONGEST_CLOSE));
    held = held.slice(-LONGEST_CLOSE);
    return false;
  }

  /** @returns whether there may be more to read in what is held */
  function readAnswer(final: boolean): boolean {
    const mark = MARK.exec(held);
    if (!mark) {
      const at = final ? -1 : partialAt(held);
      emit(at === -1 ? held : held.slice(0, at));
      held = at === -1 ? '' : held.slice(at);
      return false;
    }
    const [name] = mark;
    emit(held.slice(0, mark.index));
    held = held.slice(mark.index);
    const next = held.slice(name.length, name.length + LOOK_AHEAD);
    if (code.inCode()) {
      emit(name);
      held = held.slice(name.length);
      return true;
    }
    if (!final && next.trim().length < LEAST_LOOK_AHEAD && held.length < 200) return false;
    held = held.slice(name.length);
    if (CLOSE.test(name)) takeClose(name, next);
    else takeToken(name, next);
    return true;
  }

  function takeClose(name: string, next: string): void {
    // "The tag </think> ends it": words about the tag.
    const spoken = /[ \t]/.test(lastChar) && /^[ \t]+[a-z]/.test(next);
    if (closed || opened || spoken) emit(name);
    else begin();
  }

  function takeToken(name: string, next: string): void {
    if (blank) {
      if (/<\|(start_header_id|header_start|im_start|start)\|>|start_of_turn/i.test(name))
        held = held.replace(ROLE, '');
      if (/python/i.test(name)) state = 'over';
      trimHead = true;
      if (!closed && state !== 'over') state = 'head';
      return;
    }
    const glued = lastChar !== '' && !/\s/.test(lastChar);
    const html = /^<\/s>$/i.test(name);
    const ends =
      (next.trim() === '' && !(html && struck)) || (!html && NEXT_MESSAGE.test(next)) || /python/i.test(name);
    if (ends || (glued && !html && /^(\n|\w)/.test(next))) state = 'over';
    else emit(name);
  }

  function run(final: boolean): Shown {
    for (let more = true; more; ) {
      if (state === 'head') more = readHead(final);
      else if (state === 'thinking') more = readThinking();
      else if (state === 'waiting') more = readWaiting(final);
      else if (state === 'answer') more = (held !== '' || final) && readAnswer(final);
      else {
        held = '';
        more = false;
      }
    }
    const shown = { text: out, anew };
    out = '';
    anew = false;
    return shown;
  }

  return {
    show(piece) {
      held += piece;
      return run(false);
    },
    rest: () => run(true),
    parted() {
      wait = false;
    },
  };
}

function partialAt(text: string): number {
  const tail = text.slice(-LONGEST_PARTIAL);
  const at = tail.search(PARTIAL);
  return at === -1 ? -1 : text.length - tail.length + at;
}
