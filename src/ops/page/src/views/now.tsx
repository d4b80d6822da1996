import type { VNode } from 'preact';
import { Card } from '../components/card.tsx';
import { Icon } from '../components/icon.tsx';
import { StaleNote } from '../components/live-mark.tsx';
import { LIGHTS } from '../components/words.tsx';
import { useDesk } from '../state/desk.ts';
import { Dependencies } from './now/dependencies.tsx';
import { Latency } from './now/latency.tsx';
import { Numbers } from './now/numbers.tsx';
import { Platforms } from './now/platforms.tsx';
import { Processes } from './now/processes.tsx';
import { Traffic } from './now/traffic.tsx';

/** Is it well, and where does it wait: told anew each second. */
export function Now(): VNode {
  const { live } = useDesk();
  const { now } = live;
  if (!now) {
    if (live.live) return <p class="quiet">Loading…</p>;
    return <p class="problem">Not connected to the server; connecting again…</p>;
  }
  const { text, icon } = LIGHTS[now.light];
  return (
    <>
      <StaleNote at={now.at} />
      <div class={live.live ? 'grid' : 'grid stale'}>
        <section class={`verdict ${now.light}`} aria-label="Light">
          <p class="verdict-word" role="status">
            <Icon name={icon} />
            {text}
          </p>
          {now.reasons.length === 0 ? (
            <p>There is nothing to look at: whatever should work says that it works.</p>
          ) : (
            <ul>
              {now.reasons.map((reason) => (
                <li key={reason.text} class={reason.level}>
                  <Icon name={reason.level === 'red' ? 'broken' : 'look'} />
                  <span>
                    <span class="off-screen">{reason.level === 'red' ? 'Broken: ' : 'Look: '}</span>
                    {reason.view ? <a href={`#${reason.view}`}>{reason.text}</a> : reason.text}
                  </span>
                </li>
              ))}
            </ul>
          )}
        </section>
        <Numbers now={now} />
        <Card title="Traffic in the last 60 minutes" class="wide">
          <Traffic traffic={now.traffic} />
        </Card>
        <Latency latency={now.latency} />
        <Platforms platforms={now.platforms} pauses={now.pauses} />
        <Processes processes={now.processes} at={now.at} />
        <Dependencies redis={now.redis} models={now.models} />
      </div>
    </>
  );
}
