/** The browser's storage, or null where it is forbidden (private windows, frames with blocked data). */
export function openStorage(kind: 'localStorage' | 'sessionStorage'): Storage | null {
  try {
    const storage = window[kind];
    storage.setItem('chasqui-probe', '1');
    storage.removeItem('chasqui-probe');
    return storage;
  } catch {
    return null;
  }
}
