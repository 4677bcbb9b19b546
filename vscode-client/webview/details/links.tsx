// What the issue is tied to: blockers, dependents, parent, children and the like.

import type { VNode } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import type { End } from '../messages';
import type { Brief } from '../shapes';
import { filled, type Texts } from '../texts';
import { useShared } from './context';
import { words } from './header';

export function Links(): VNode {
  const { details, texts } = useShared();
  const add = useRef<HTMLButtonElement>(null);
  const focus = (): void => {
    add.current?.focus();
  };
  return (
    <section aria-labelledby="links-heading">
      <h2 id="links-heading">{texts.links}</h2>
      {details.links.map((group) => (
        <div key={group.kind}>
          <h3>{kindName(texts, group.kind)}</h3>
          <ul class="plain">
            {group.issues.map((issue) => (
              <IssueLine
                key={issue.id}
                issue={issue}
                end={{ type: group.type, isForward: group.forward }}
                gone={focus}
              />
            ))}
          </ul>
          {group.more > 0 && <p class="quiet">{filled(texts.moreIssues, group.more)}</p>}
        </div>
      ))}
      <NewLink button={add} />
    </section>
  );
}

interface Line {
  readonly issue: Brief;
  readonly end: End;
  /** Called when the link, and so what had the focus, is gone. */
  readonly gone: () => void;
}

function IssueLine({ issue, end, gone }: Line): VNode {
  const { around, page, texts, isLocked } = useShared();
  const remove = async (): Promise<void> => {
    if (await page.act({ method: 'unlink', id: issue.id, ...end }, filled(texts.linkRemoved, issue.id))) {
      gone();
    }
  };
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
      <span class={`state category-${issue.category}`}>{words(issue.status)}</span>{' '}
      <button
        type="button"
        class="quiet-button"
        disabled={isLocked}
        aria-label={filled(texts.removeLink, issue.id)}
        title={filled(texts.removeLink, issue.id)}
        onClick={() => void remove()}
      >
        ×
      </button>
    </li>
  );
}

/** Asks for the kind of a new link; the host asks for the issue. */
function NewLink({ button }: { readonly button: { readonly current: HTMLButtonElement | null } }): VNode {
  const { details, page, texts, isLocked } = useShared();
  const ends = endsOf(details.choices.linkTypes);
  const [at, setAt] = useState(0);
  const id = useId();
  const add = async (): Promise<void> => {
    const end = ends[at];
    if (end !== undefined) {
      await page.act({ method: 'link', ...end }, (linked) => (typeof linked === 'string' ? filled(texts.linkAdded, linked) : ''));
      button.current?.focus();
    }
  };
  return (
    <div class="actions">
      <label class="unseen" for={id}>
        {texts.linkKind}
      </label>
      <select
        id={id}
        class="kind"
        disabled={isLocked}
        value={String(at)}
        onChange={(event) => {
          setAt(Number(event.currentTarget.value));
        }}
      >
        {ends.map((end, number) => (
          <option key={`${end.type} ${String(end.isForward)}`} value={String(number)}>
            {kindName(texts, kindOf(end))}
          </option>
        ))}
      </select>
      <button ref={button} type="button" class="second" disabled={isLocked} onClick={() => void add()}>
        {texts.addLink}
      </button>
    </div>
  );
}

/** What can be chosen: each type, and the other end of those that hold back. */
function endsOf(types: readonly string[]): End[] {
  const both = ['blocks', 'parent-child'].filter((type) => types.includes(type));
  return [
    ...types.map((type) => ({ type, isForward: true })),
    ...both.map((type) => ({ type, isForward: false })),
  ];
}

/** How the server calls this end. */
function kindOf({ type, isForward }: End): string {
  switch (type) {
    case 'blocks':
      return isForward ? 'depends_on' : 'blocks';
    case 'parent-child':
      return isForward ? 'parent' : 'children';
    default:
      return type;
  }
}

function kindName(texts: Texts, kind: string): string {
  switch (kind) {
    case 'depends_on':
    case 'blocks':
    case 'children':
    case 'related':
    case 'discovered-from':
    case 'duplicates':
      return texts[kind];
    case 'related of':
      return texts.related;
    case 'parent':
      return texts.parentLink;
    default:
      return words(kind);
  }
}
