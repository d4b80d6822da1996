import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ContentView } from '../../../../../ops-api/index.ts';
import { post } from '../../api/client.ts';
import { Action } from '../../components/action.tsx';
import { Card } from '../../components/card.tsx';
import { useDesk } from '../../state/desk.ts';

/** What was said in a turn: only when an operator asks for it, and only where the settings allow it. */
export function Content({ entry, about }: { entry: string; about: string }): VNode {
  const { session, operator } = useDesk();
  const [content, setContent] = useState<ContentView | null>(null);
  return (
    <Card title="What was said">
      {content ? (
        <Said content={content} />
      ) : !session.content ? (
        <p class="muted">
          It is not shown here: the setting <code>ops.show_content</code> is off.
        </p>
      ) : !operator ? (
        <p class="muted">Only operators may look at it; you look on as a viewer.</p>
      ) : (
        <>
          <p class="muted">It is hidden until you ask for it.</p>
          <p class="row">
            <Action
              action="Show what was said"
              question="Show what was said in this turn?"
              detail={`You will read ${about}. That you looked is written to the audit log, with your name.`}
              run={async () => {
                setContent(await post<ContentView>(`turns/${encodeURIComponent(entry)}/content`));
                return 'Shown, and written to the audit log.';
              }}
            />
          </p>
        </>
      )}
    </Card>
  );
}

function Said({ content }: { content: ContentView }): VNode {
  return (
    <div class="talk">
      {content.user.map(({ name, text }, index) => (
        <blockquote key={index} class="from-user">
          <cite>{name}</cite>
          <p dir="auto">{text}</p>
        </blockquote>
      ))}
      <blockquote class="from-us">
        <cite>Reply</cite>
        {content.reply === null ? <p class="muted">Nothing was answered.</p> : <p dir="auto">{content.reply}</p>}
      </blockquote>
    </div>
  );
}
