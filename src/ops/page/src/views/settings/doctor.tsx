import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { DoctorView } from '../../../../../ops-api/index.ts';
import { explain, post } from '../../api/client.ts';
import { ViewerHint } from '../../components/action.tsx';
import { Card } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { counted } from '../../format.ts';
import { useDesk } from '../../state/desk.ts';

/** Tries out what the settings name: Redis, the models, the platforms' tokens. */
export function Doctor(): VNode {
  const { operator } = useDesk();
  const [checks, setChecks] = useState<DoctorView['checks'] | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function run(): Promise<void> {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      setChecks((await post<DoctorView>('doctor')).checks);
    } catch (cause) {
      setError(explain(cause));
    }
    setBusy(false);
  }

  return (
    <Card
      title="The doctor’s checks"
      class="wide"
      aside={
        operator && (
          <button type="button" class="plain" aria-busy={busy} onClick={run}>
            Run the checks
          </button>
        )
      }
    >
      <p class="muted">They try out what the settings name: Redis, the models, and what each platform needs.</p>
      <ViewerHint what="run them" />
      <p role="status" aria-label="The doctor’s result">
        {busy ? 'Checking; this takes some seconds…' : checks && summary(checks)}
      </p>
      {error && (
        <p class="problem" role="alert">
          {error}
        </p>
      )}
      {checks && (
        <ul class="checks" aria-label="Checks">
          {checks.map(({ area, name, ok, detail }) => (
            <li key={`${area} ${name}`} class={ok ? 'good' : 'red'}>
              <Icon name={ok ? 'well' : 'broken'} />
              <span>
                <span class="off-screen">{ok ? 'Works: ' : 'Does not work: '}</span>
                <strong>{area}</strong> {name}
                {detail && <small class="under">{detail}</small>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function summary(checks: DoctorView['checks']): string {
  const bad = checks.filter(({ ok }) => !ok).length;
  return bad === 0
    ? `All ${counted(checks.length, 'check')} passed.`
    : `${counted(bad, 'check')} of ${checks.length} did not pass.`;
}
