import type { VNode } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { NowView, SessionView } from '../../../ops-api/index.ts';
import { ApiError, carryCsrf, explain, get, whenLoggedOut } from './api/client.ts';
import { Desktop } from './components/desktop.tsx';
import { Login } from './components/login.tsx';
import { setClock } from './state/clock.ts';
import { forgetSeen } from './state/use-data.ts';

type Phase =
  | { is: 'starting' }
  | { is: 'login'; needsKey: boolean }
  | { is: 'refused'; why: string }
  | { is: 'in'; session: SessionView; now: NowView | null };

/** Who is there, then the page itself. Session and numbers are fetched side by side, so that it is drawn at once. */
export function App(): VNode {
  const [phase, setPhase] = useState<Phase>({ is: 'starting' });

  const enter = useCallback((session: SessionView, now: NowView | null) => {
    carryCsrf(session.csrf);
    if (now) setClock(now.at);
    setPhase({ is: 'in', session, now });
  }, []);

  const start = useCallback(async () => {
    // A courtesy for a quick first view; the live events bring it a moment later.
    const now = get<NowView>('now').catch(() => null);
    try {
      enter(await get<SessionView>('session'), await now);
    } catch (error) {
      if (error instanceof ApiError && error.login) setPhase({ is: 'login', needsKey: error.needsKey });
      else setPhase({ is: 'refused', why: explain(error) });
    }
  }, [enter]);

  const leave = useCallback(({ needsKey }: ApiError) => {
    forgetSeen();
    setPhase({ is: 'login', needsKey });
  }, []);

  useEffect(() => {
    whenLoggedOut(leave);
    start();
  }, [start, leave]);

  if (phase.is === 'in') return <Desktop session={phase.session} first={phase.now} onLeave={start} />;
  if (phase.is === 'login') return <Login needsKey={phase.needsKey} onIn={(session) => enter(session, null)} />;
  return (
    <main class="login">
      {phase.is === 'refused' ? (
        <div class="card">
          <h1>Operators</h1>
          <p class="problem" role="alert">
            {phase.why}
          </p>
          <button type="button" class="main" onClick={start}>
            Try again
          </button>
        </div>
      ) : (
        <p class="quiet">Loading…</p>
      )}
    </main>
  );
}
