import type { VNode } from 'preact';
import type { PeopleView } from '../../../../../ops-api/index.ts';
import { Card } from '../../components/card.tsx';
import { Explained } from '../../components/explained.tsx';
import { capital, count } from '../../format.ts';

/** What people gave as the reason why they did not like an answer. */
export function Reasons({ reasons, bad }: { reasons: PeopleView['reasons']; bad: number }): VNode {
  const most = Math.max(1, ...reasons.map((reason) => reason.count));
  return (
    <Card title="Why answers were not liked" class="wide">
      {reasons.length === 0 ? (
        <p class="quiet">{bad === 0 ? 'Nobody disliked an answer.' : 'Nobody gave a reason.'}</p>
      ) : (
        <ul class="bars">
          {reasons.map(({ reason, count: times }) => (
            <li key={reason}>
              <span>{capital(reason)}</span>
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect width={(100 * times) / most} height="10" />
              </svg>
              <Explained tip="How many people gave this reason.">{count(times)}</Explained>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
