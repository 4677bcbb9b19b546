// A text in Markdown as the page shows it: the beginning of a long one, and all of it when that is asked for.

import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { beginning, FORMATTED, Markdown } from '../markdown';
import { filled } from '../texts';
import { useShared } from './context';

export function Formatted({ text }: { readonly text: string }): VNode {
  const { texts, around } = useShared();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? text : beginning(text);
  const names = Object.keys(around.mentioned).join(' ');
  // Others change the issue while it is shown: what says the same is not made again.
  const elements = useMemo(() => <Markdown text={shown} around={around} />, [shown, names]);
  return (
    <>
      {elements}
      {shown.length < text.length && (
        <p class="quiet">
          {filled(texts.shownPart, shown.length.toLocaleString(), text.length.toLocaleString())}{' '}
          <button
            type="button"
            class="second"
            onClick={() => {
              setWhole(true);
            }}
          >
            {texts.showAll}
          </button>
        </p>
      )}
      {isWhole && text.length > FORMATTED && <p class="quiet">{texts.plainText}</p>}
    </>
  );
}
