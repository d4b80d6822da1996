import type { VNode } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { NowView, SessionView } from '../../../../ops-api/index.ts';
import { title } from '../format.ts';
import { DeskContext, type Question } from '../state/desk.ts';
import { useKeys } from '../state/keys.ts';
import { type Route, useRoute } from '../state/route.ts';
import { useLive } from '../state/use-live.ts';
import { Cost } from '../views/cost.tsx';
import { Failures } from '../views/failures.tsx';
import { Now } from '../views/now.tsx';
import { People } from '../views/people.tsx';
import { Queue } from '../views/queue.tsx';
import { Settings } from '../views/settings.tsx';
import { Turns } from '../views/turns.tsx';
import { Ask } from './ask.tsx';
import { Header } from './header.tsx';
import { Help } from './help.tsx';
import { Nav } from './nav.tsx';
import { Told } from './told.tsx';

/** The page for one who is in: the views beside each other, and what lies above them. */
export function Desktop(props: { session: SessionView; first: NowView | null; onLeave(): void }): VNode {
  const { session } = props;
  const route = useRoute();
  const live = useLive(props.first);
  const [question, setQuestion] = useState<Question | null>(null);
  const [told, setTold] = useState<string | null>(null);
  /** How often it was asked for; 0: not shown. A dialog's end comes a moment after it is gone, and must not close the next. */
  const [help, setHelp] = useState(0);
  const openHelp = useCallback(() => setHelp((count) => count + 1), []);
  const [keys, setKeys] = useKeys(openHelp);
  const heading = useHeading(route);

  const bad = live.now !== null && live.now.light !== 'green';
  useEffect(() => {
    document.title = `${bad ? '⚠ ' : ''}${title(route.view)} · ${session.assistant} operators`;
  }, [bad, route.view, session.assistant]);

  const desk = useMemo(
    () => ({ session, operator: session.role === 'operator', live, ask: setQuestion, tell: setTold }),
    [session, live.now, live.live],
  );

  return (
    <DeskContext.Provider value={desk}>
      <div class="desktop">
        <Header onHelp={openHelp} onLeave={props.onLeave} />
        <Nav view={route.view} failed={live.now?.queue.failed ?? 0} />
        <main class={`view ${route.view}`}>
          <h1 ref={heading} id="view" tabIndex={-1}>
            {title(route.view)}
          </h1>
          <View route={route} />
        </main>
      </div>
      <Told text={told} onClose={useCallback(() => setTold(null), [])} />
      {help > 0 && (
        <Help
          key={help}
          keys={keys}
          onKeys={setKeys}
          onClose={() => setHelp((count) => (count === help ? 0 : count))}
        />
      )}
      {question && (
        <Ask
          asked={question}
          onDone={(said) => {
            setQuestion(null);
            if (said) setTold(said);
          }}
        />
      )}
    </DeskContext.Provider>
  );
}

function View({ route }: { route: Route }): VNode {
  switch (route.view) {
    case 'now':
      return <Now />;
    case 'turns':
      return <Turns route={route} />;
    case 'failures':
      return <Failures />;
    case 'queue':
      return <Queue />;
    case 'people':
      return <People route={route} />;
    case 'cost':
      return <Cost route={route} />;
    case 'settings':
      return <Settings />;
  }
}

/** A new view begins at its top, and the focus with it. */
function useHeading({ view }: Route) {
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(view);
  useEffect(() => {
    if (shown.current === view) return;
    shown.current = view;
    scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, [view]);
  return heading;
}
