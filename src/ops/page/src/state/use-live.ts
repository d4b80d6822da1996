import { useEffect, useState } from 'preact/hooks';
import type { NowView } from '../../../../ops-api/index.ts';
import { followLive } from '../api/live.ts';
import { setClock } from './clock.ts';

export interface Live {
  /** The newest that the server told. */
  now: NowView | null;
  live: boolean;
}

/** What goes on, told each second. `first` is what was fetched before the line was open. */
export function useLive(first: NowView | null): Live {
  const [now, setNow] = useState(first);
  const [live, setLive] = useState(true);
  useEffect(
    () =>
      followLive({
        onNow(next) {
          setClock(next.at);
          setNow(next);
        },
        onLive: setLive,
      }),
    [],
  );
  return { now, live };
}
