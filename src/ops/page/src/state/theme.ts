import { useEffect, useState } from 'preact/hooks';
import { recall, remember } from './storage.ts';

export type Theme = 'light' | 'dark';

/** The same as the chat page's, which often stands on the same host. */
const KEY = 'chasqui-theme';
const DARK = matchMedia('(prefers-color-scheme: dark)');

/** What the person chose, else what the system prefers. */
function currentTheme(): Theme {
  const chosen = recall(KEY);
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return DARK.matches ? 'dark' : 'light';
}

export function applyChosenTheme(): void {
  const chosen = recall(KEY);
  if (chosen) document.documentElement.dataset.theme = chosen;
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(currentTheme);
  useEffect(() => {
    const change = () => setTheme(currentTheme());
    DARK.addEventListener('change', change);
    return () => DARK.removeEventListener('change', change);
  }, []);
  return [
    theme,
    (chosen) => {
      remember(KEY, chosen);
      document.documentElement.dataset.theme = chosen;
      setTheme(chosen);
    },
  ];
}
