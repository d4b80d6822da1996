import { showInAddress } from './route.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

const KEY = 'chasqui-last';

/** A frame has no address bar and no list: the conversation that was open in it last is opened again. */
export function reopenLast(store: Store<State>, storage: Storage | null): void {
  const last = storage?.getItem(KEY);
  if (last) showInAddress(last, 'replace');
  store.subscribe(() => {
    const { session, thread } = store.get();
    if (!session) return;
    if (thread.id && thread.status !== 'missing') storage?.setItem(KEY, thread.id);
    else storage?.removeItem(KEY);
  });
}
