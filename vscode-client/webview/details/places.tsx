// Where the issue's id stands in the code.

import type { VNode } from 'preact';
import { filled } from '../texts';
import { useShared } from './context';

export function Places(): VNode | null {
  const { page, texts } = useShared();
  const found = page.references;
  if (found === undefined) {
    return null;
  }
  return (
    <section aria-labelledby="places-heading">
      <h2 id="places-heading">{texts.references}</h2>
      {found.places.length === 0 && <p class="quiet">{texts.noReferences}</p>}
      <ul class="plain">
        {found.places.map((one) => (
          <li key={`${one.uri}:${one.line}:${one.column}`} class="place">
            <button
              type="button"
              class="link"
              aria-label={filled(texts.openPlace, one.path, one.line + 1)}
              onClick={() => {
                void page.act({ method: 'openPlace', uri: one.uri, line: one.line, column: one.column });
              }}
            >
              {one.path}:{one.line + 1}
            </button>{' '}
            <code dir="auto">
              {one.tag === null ? '' : `${one.tag}: `}
              {one.text}
            </code>
          </li>
        ))}
      </ul>
      {found.more > 0 && <p class="quiet">{filled(texts.moreIssues, found.more)}</p>}
    </section>
  );
}
