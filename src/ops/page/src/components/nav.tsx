import type { VNode } from 'preact';
import type { ViewName } from '../../../../ops-api/index.ts';
import { count, title } from '../format.ts';
import { VIEWS } from '../state/route.ts';
import { Icon } from './icon.tsx';

/** The views. `failed` are counted beside "Failures", which says so itself when it is opened. */
export function Nav({ view, failed }: { view: ViewName; failed: number }): VNode {
  return (
    <nav class="nav" aria-label="Views">
      <ul>
        {VIEWS.map((name, index) => (
          <li key={name}>
            <a
              href={`#${name}`}
              aria-current={name === view ? 'page' : undefined}
              aria-keyshortcuts={`${index + 1} g+${name[0]}`}
            >
              <Icon name={name} />
              <span>{title(name)}</span>
              {name === 'failures' && failed > 0 && (
                <b class="bubble" aria-hidden="true">
                  {count(failed)}
                </b>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
