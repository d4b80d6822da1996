export type Theme = 'light' | 'dark';

const KEY = 'chasqui-theme';

/** What the person chose, else what the system prefers. */
export function currentTheme(storage: Storage | null): Theme {
  const chosen = storage?.getItem(KEY);
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function applyChosenTheme(storage: Storage | null): void {
  const chosen = storage?.getItem(KEY);
  if (chosen) document.documentElement.dataset.theme = chosen;
}

export function chooseTheme(storage: Storage | null, theme: Theme): void {
  storage?.setItem(KEY, theme);
  document.documentElement.dataset.theme = theme;
}
