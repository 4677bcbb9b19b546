// An edit that others have crossed: both values, and which one counts.

import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { FieldValue } from '../shapes';
import { filled, type TextName, type Texts } from '../texts';
import { useShared } from './context';
import type { Crossed } from './state';

export function ConflictPanel({ crossed }: { readonly crossed: Crossed }): VNode {
  const { texts } = useShared();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    panel.current?.focus();
    return () => {
      if (before instanceof HTMLElement) {
        before.focus();
      }
    };
  }, [crossed]);
  const names = crossed.conflicts.map((one) => fieldName(texts, one.field)).join(', ');
  const { settle } = crossed;
  return (
    <section class="conflict" role="alertdialog" aria-labelledby="conflict-text" tabIndex={-1} ref={panel}>
      <p id="conflict-text">{filled(texts.conflict, names)}</p>
      {crossed.conflicts.map((one) => (
        <dl key={one.field}>
          <dt>
            {fieldName(texts, one.field)}: {texts.mine}
          </dt>
          <dd dir="auto">{shown(texts, one.mine)}</dd>
          <dt>
            {fieldName(texts, one.field)}: {texts.theirs}
          </dt>
          <dd dir="auto">{shown(texts, one.theirs)}</dd>
        </dl>
      ))}
      <div class="actions">
        <button
          type="button"
          onClick={() => {
            settle('mine');
          }}
        >
          {texts.keepMine}
        </button>
        <button
          type="button"
          class="second"
          onClick={() => {
            settle('theirs');
          }}
        >
          {texts.takeTheirs}
        </button>
        <button
          type="button"
          class="second"
          onClick={() => {
            settle(undefined);
          }}
        >
          {texts.cancel}
        </button>
      </div>
    </section>
  );
}

/** A field's name as it stands on the page. */
export function fieldName(texts: Texts, field: string): string {
  return Object.hasOwn(texts, field) ? texts[field as TextName] : field.replaceAll('_', ' ');
}

function shown(texts: Texts, value: FieldValue | null): string {
  const text = Array.isArray(value) ? value.join(', ') : String(value ?? '');
  return text === '' ? texts.empty : text;
}
