import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { go, VIEWS } from './route.ts';
import { recall, remember } from './storage.ts';

const SETTING = 'chasqui-ops-keys';
/** The letter must follow the `g` soon. */
const SOON_MS = 1_500;

/** 1…7, or g and a view's first letter, opens a view; ? the help. Not while one types or a dialog is open. */
export function useKeys(onHelp: () => void): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => recall(SETTING) !== 'off');
  // A key may come before the effects of a switch.
  const now = useRef(on);

  useLayoutEffect(() => {
    let pressedG = 0;
    function onKeyDown(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if ((event.target as Element).closest?.('input, textarea, select') || document.querySelector('dialog[open]'))
        return;
      if (event.key === '?') onHelp();
      if (!now.current) return;
      const afterG = event.timeStamp - pressedG < SOON_MS && pressedG > 0;
      pressedG = event.key === 'g' ? event.timeStamp : 0;
      const view = afterG ? VIEWS.find((name) => name[0] === event.key) : VIEWS[Number(event.key) - 1];
      if (view) go(`#${view}`);
    }
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [onHelp]);

  return [
    on,
    (next) => {
      remember(SETTING, next ? 'on' : 'off');
      now.current = next;
      setOn(next);
    },
  ];
}
