// Fields that both sides of a merge had changed: both values, and which one counts.

import type { VNode } from 'preact';
import type { KeptConflict } from '../shapes';
import { filled } from '../texts';
import { fieldName } from './conflict';
import { useShared } from './context';

type Take = 'mine' | 'theirs' | 'other' | 'dismiss';

export function KeptConflicts(): VNode | null {
  const { details, texts } = useShared();
  // A server that is older keeps none.
  const found = details.conflicts ?? [];
  if (found.length === 0) {
    return null;
  }
  return (
    <section class="conflict" aria-labelledby="conflicts-heading">
      <h2 id="conflicts-heading">{texts.keptConflicts}</h2>
      <p>{texts.keptConflictsText}</p>
      {found.map((one) => (
        <OneConflict key={one.number} one={one} />
      ))}
    </section>
  );
}

function OneConflict({ one }: { readonly one: KeptConflict }): VNode {
  const { page, texts } = useShared();
  const field = fieldName(texts, one.field);
  const [first, second] = one.mine === 'other' ? [one.other, one.kept] : [one.kept, one.other];
  const isKnown = one.mine !== null;
  const take = (what: Take): void => {
    void page.act({ method: 'settle', number: one.number, take: what }, texts.settled);
  };
  const button = (what: Take, text: string, isSecond: boolean): VNode => (
    <button
      type="button"
      class={isSecond ? 'second' : undefined}
      disabled={!page.isRunning}
      aria-label={filled(texts.settleField, text, field)}
      onClick={() => {
        take(what);
      }}
    >
      {text}
    </button>
  );
  return (
    <div class="kept-conflict">
      <dl>
        <Value name={`${field}: ${isKnown ? texts.mine : texts.staying}`} text={first} isNow={isKnown && one.mine === 'kept'} />
        <Value name={`${field}: ${isKnown ? texts.theirs : texts.otherValue}`} text={second} isNow={one.mine === 'other'} />
      </dl>
      <div class="actions">
        {isKnown && button('mine', texts.keepMine, false)}
        {isKnown ? button('theirs', texts.takeTheirs, true) : button('other', texts.takeOther, false)}
        {button('dismiss', texts.dismiss, true)}
      </div>
    </div>
  );
}

function Value({ name, text, isNow }: { readonly name: string; readonly text: string; readonly isNow: boolean }): VNode {
  const { texts } = useShared();
  return (
    <>
      <dt>
        {name}
        {isNow && <span class="quiet"> ({texts.staysNow})</span>}
      </dt>
      <dd dir="auto">{text === '' ? texts.empty : text}</dd>
    </>
  );
}
