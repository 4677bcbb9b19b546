// What the issue is tied to: blockers, dependents, parent, children and the like.

import type { VNode } from 'preact';
import type { Brief } from '../shapes';
import { filled, type Texts } from '../texts';
import { useShared } from './context';
import { words } from './header';

export function Links(): VNode | null {
  const { details, texts } = useShared();
  if (details.links.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="links-heading">
      <h2 id="links-heading">{texts.links}</h2>
      {details.links.map((group) => (
        <div key={group.kind}>
          <h3>{kindName(texts, group.kind)}</h3>
          <ul class="plain">
            {group.issues.map((issue) => (
              <IssueLine key={issue.id} issue={issue} />
            ))}
          </ul>
          {group.more > 0 && <p class="quiet">{filled(texts.moreIssues, group.more)}</p>}
        </div>
      ))}
    </section>
  );
}

function IssueLine({ issue }: { readonly issue: Brief }): VNode {
  const { around } = useShared();
  return (
    <li>
      <button
        type="button"
        class="link"
        onClick={() => {
          around.open(issue.id);
        }}
      >
        <code>{issue.id}</code> <span dir="auto">{issue.title}</span>
      </button>{' '}
      <span class={`state category-${issue.category}`}>{words(issue.status)}</span>
    </li>
  );
}

function kindName(texts: Texts, kind: string): string {
  switch (kind) {
    case 'depends_on':
    case 'blocks':
    case 'children':
      return texts[kind];
    case 'parent':
      return texts.parentLink;
    default:
      return words(kind);
  }
}
