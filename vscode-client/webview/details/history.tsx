// What happened to the issue, the newest first; each operation can be undone.

import type { VNode } from 'preact';
import type { Change, Entry } from '../shapes';
import { filled } from '../texts';
import { fieldName } from './conflict';
import { useShared } from './context';
import { moment, words } from './header';

export function HistoryList(): VNode | null {
  const { page, texts } = useShared();
  const found = page.history;
  if (found === undefined) {
    return null;
  }
  return (
    <section aria-labelledby="history-heading">
      <h2 id="history-heading">{texts.history}</h2>
      <ol class="plain">
        {found.entries.map((entry) => (
          <EntryLine key={entry.revision} entry={entry} />
        ))}
      </ol>
      {found.more && (
        <button type="button" class="second" onClick={page.showMore}>
          {texts.showMore}
        </button>
      )}
    </section>
  );
}

function EntryLine({ entry }: { readonly entry: Entry }): VNode {
  const { page, texts } = useShared();
  const name = entry.undoes === null ? words(entry.operation) : filled(texts.undoOf, entry.undoes);
  return (
    <li class="entry">
      <p>
        <strong>{name}</strong>{' '}
        <span class="quiet">
          <span dir="auto">{entry.actor}</span> ({entry.client}), {moment(entry.at)}
          {entry.issues > 1 && `, ${filled(texts.withOthers, entry.issues - 1)}`}
        </span>
        {entry.undoneBy !== null && <span class="state">{texts.undoneBy}</span>}
        {entry.undoneBy === null && (
          <button
            type="button"
            class="quiet-button"
            disabled={!page.isRunning}
            aria-label={filled(texts.undoEntry, name, moment(entry.at))}
            onClick={() => void page.act({ method: 'undo', revision: entry.revision }, texts.undone)}
          >
            {texts.undo}
          </button>
        )}
      </p>
      {entry.changes.length > 0 && (
        <ul class="changes">
          {entry.changes.map((change) => (
            <ChangeLine key={change.field} change={change} />
          ))}
        </ul>
      )}
    </li>
  );
}

function ChangeLine({ change }: { readonly change: Change }): VNode {
  const { texts } = useShared();
  const name = fieldName(texts, change.field);
  if (change.added !== undefined || change.removed !== undefined) {
    const parts = [
      ...(change.added ?? []).map((one) => filled(texts.added, one)),
      ...(change.removed ?? []).map((one) => filled(texts.removed, one)),
    ];
    return (
      <li>
        {name}: <span dir="auto">{parts.join(', ')}</span>
      </li>
    );
  }
  const [before, after] = [change.before ?? '', change.after ?? ''];
  return (
    <li>
      {name}:{' '}
      {before !== '' && (
        <>
          <span class="unseen">{texts.from}</span> <del dir="auto">{before}</del>{' '}
        </>
      )}
      <span class="unseen">{texts.to}</span> <ins dir="auto">{after === '' ? texts.empty : after}</ins>
    </li>
  );
}
