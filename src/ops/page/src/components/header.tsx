import type { VNode } from 'preact';
import { explain, post } from '../api/client.ts';
import { useDesk } from '../state/desk.ts';
import { useTheme } from '../state/theme.ts';
import { Mark } from './icon.tsx';
import { IconButton } from './icon-button.tsx';
import { LiveMark } from './live-mark.tsx';
import { Light } from './words.tsx';

/** Which assistant this is, whether it is well, and who looks. */
export function Header({ onHelp, onLeave }: { onHelp(): void; onLeave(): void }): VNode {
  const { session, live, tell } = useDesk();
  const [theme, setTheme] = useTheme();
  const other = theme === 'dark' ? 'light' : 'dark';

  async function logOut(): Promise<void> {
    try {
      await post('logout');
      onLeave();
    } catch (error) {
      tell(`Not logged out: ${explain(error)}`);
    }
  }

  return (
    <header class="top">
      <button type="button" class="skip" onClick={() => document.getElementById('view')?.focus()}>
        Skip to the view
      </button>
      <Mark />
      <div class="who">
        <p class="name">{session.assistant}</p>
        <p class="muted">
          {session.version} · {session.who}, {session.role}
        </p>
      </div>
      {live.now && (
        <a href="#now" class={live.live ? 'light-link' : 'light-link stale'}>
          <Light light={live.now.light} />
        </a>
      )}
      <LiveMark />
      <div class="tools">
        <IconButton
          icon={other === 'dark' ? 'moon' : 'sun'}
          label={`Use ${other} colours`}
          onClick={() => setTheme(other)}
        />
        <IconButton icon="help" label="Keys" onClick={onHelp} />
        {session.canLogOut && <IconButton icon="leave" label="Log out" onClick={logOut} />}
      </div>
    </header>
  );
}
