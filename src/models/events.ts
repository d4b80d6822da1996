/** Server-sent events, as hosts send them: "Server-sent events" of the HTML standard, and what strays from it. */

const MOST_LOOSE_CHARS = 4_000_000;

export interface EventHandlers {
  /** @param value the parsed data; @param data as it came; @param name the event's name, or an empty text */
  event(value: unknown, data: string, name: string): void;
  /** `[DONE]`: nothing more is said. */
  done(): void;
  /** An event's data is no JSON. */
  broken(): void;
}

export interface EventReader {
  /** @param text the next decoded piece of the body, cut anywhere */
  push(text: string): void;
  /** @returns the body, where it held no event at all: one JSON document, or a page; else an empty text */
  end(): string;
}

/**
 * Takes any line end, a byte order mark, comments, and names of events. A JSON document may span several `data:` lines;
 * several documents may also follow each other without the blank line between them.
 */
export function createEventReader(on: EventHandlers): EventReader {
  let rest = '';
  let afterReturn = false;
  let started = false;
  let sawEvent = false;
  let loose = '';
  let name = '';
  let pending = '';

  function takeData(data: string): void {
    sawEvent = true;
    pending = pending === '' ? data : `${pending}\n${data}`;
    if (pending === '[DONE]') on.done();
    else {
      const value = parseJson(pending);
      // Perhaps it goes on in the next line; a blank line tells.
      if (value === undefined) return;
      on.event(value, pending, name);
    }
    pending = '';
  }

  function takeLine(line: string): void {
    if (line === '') {
      if (pending !== '') on.broken();
      pending = '';
      name = '';
    } else if (line.startsWith('data:')) takeData(line.slice(5).trim());
    else if (line.startsWith('event:')) name = line.slice(6).trim();
    else if (!sawEvent && loose.length < MOST_LOOSE_CHARS && !/^(:|id:|retry:)/.test(line)) loose += `${line}\n`;
  }

  return {
    push(piece) {
      let text = piece;
      if (!started && text !== '') {
        started = true;
        text = text.replace(/^\ufeff/, '');
      }
      if (afterReturn && text.startsWith('\n')) text = text.slice(1);
      if (text !== '') afterReturn = text.endsWith('\r');
      const lines = text.split(/\r\n|\n|\r/);
      lines[0] = rest + lines[0];
      rest = lines.pop() as string;
      for (const line of lines) takeLine(line);
    },
    end() {
      // A host that ends without a line's end has still said what it said; half an event is an answer that was cut.
      if (rest !== '') takeLine(rest);
      rest = '';
      return sawEvent ? '' : loose.trim();
    },
  };
}

/** @returns the parsed text, or undefined when it is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told to the caller by the missing value.
    return undefined;
  }
}
