import { useEffect, useState } from 'preact/hooks';

/** A piece of code with its kind ("keyword", "string", …), or without one. */
export type Piece = string | { scope: string; pieces: Piece[] };
export type Highlight = (code: string, lang: string) => Piece[] | null;

let loaded: Highlight | null = null;
let loading: Promise<Highlight | null> | null = null;

/** The highlighter, or null as long as it has not come; it is fetched when the first code is shown. */
export function useHighlight(): Highlight | null {
  const [, redraw] = useState(false);
  useEffect(() => {
    if (loaded) return;
    loading ??= import('./languages.ts').then(
      (module) => module.highlight,
      () => null, // Code without colours is still code; the next page load asks again.
    );
    let gone = false;
    loading.then((highlight) => {
      loaded = highlight;
      if (!gone) redraw(true);
    });
    return () => {
      gone = true;
    };
  }, []);
  return loaded;
}
