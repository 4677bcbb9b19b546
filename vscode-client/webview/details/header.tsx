// The issue's id, title and state, and what can be done with it.

import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { filled, isolated } from '../texts';
import { useShared } from './context';

export function Header(): VNode {
  const { details, texts } = useShared();
  const { issue, category } = details;
  return (
    <header>
      <p class="quiet">
        <span>{details.name}</span> <code class="id">{issue.id}</code>{' '}
        <span class={`state category-${category}`}>{words(issue.status)}</span>
      </p>
      <Title />
      <Fate />
      <Blocked />
      <Actions />
      <p class="quiet">
        {filled(texts.created, day(issue.created_at), isolated(issue.created_by ?? texts.somebody))} ·{' '}
        {filled(texts.updated, moment(issue.updated_at))}
        {issue.closed_at !== undefined && ` · ${filled(texts.closed, moment(issue.closed_at))}`}
        {issue.close_reason !== undefined && <span dir="auto"> ({issue.close_reason})</span>}
      </p>
    </header>
  );
}

function Title(): VNode {
  const { details, texts, page, drafts, isLocked } = useShared();
  const [since, setSince] = useState(drafts.get('title') === undefined ? undefined : (drafts.get('title.since') ?? ''));
  const [text, setText] = useState(drafts.get('title') ?? details.fields.title);
  const field = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (since !== undefined) {
      field.current?.focus();
    }
  }, [since]);
  const end = (): void => {
    drafts.set('title', undefined);
    drafts.set('title.since', undefined);
    setSince(undefined);
    requestAnimationFrame(() => button.current?.focus());
  };
  const save = async (): Promise<void> => {
    const isSame = text.trim() === details.fields.title;
    if (isSame || (await page.edit({ title: text.trim() }, since ?? '', filled(texts.saved, texts.title))) === 'written') {
      end();
    }
  };

  if (since === undefined) {
    const begin = (): void => {
      setText(details.fields.title);
      setSince(details.issue.updated_at);
      drafts.set('title.since', details.issue.updated_at);
    };
    return (
      <div class="title">
        <h1 dir="auto">{details.fields.title}</h1>
        <button ref={button} type="button" class="quiet-button" disabled={isLocked} onClick={begin}>
          {filled(texts.edit, texts.title)}
        </button>
      </div>
    );
  }
  return (
    <form
      class="title"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <input
        ref={field}
        aria-label={texts.title}
        dir="auto"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          drafts.set('title', event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            end();
          }
        }}
      />
      <button type="submit" disabled={isLocked}>
        {texts.save}
      </button>
      <button type="button" class="second" onClick={end}>
        {texts.cancel}
      </button>
    </form>
  );
}

/** What has become of an issue that was deleted, or into which another one was merged. */
function Fate(): VNode | null {
  const { details, texts, page } = useShared();
  const { issue, mergedFrom } = details;
  if (issue.status === 'tombstone') {
    const by = isolated(issue.deleted_by ?? texts.somebody);
    return (
      <div class="problem">
        <p>
          {filled(texts.deletedIssue, moment(issue.deleted_at ?? issue.updated_at), by)}
          {issue.delete_reason !== undefined && <span dir="auto"> ({issue.delete_reason})</span>}
        </p>
        <button type="button" disabled={!page.isRunning} onClick={() => void page.act({ method: 'restore' }, texts.restored)}>
          {texts.restore}
        </button>
      </div>
    );
  }
  return typeof mergedFrom !== 'string' ? null : <p class="blocked">{filled(texts.mergedFrom, mergedFrom, issue.id)}</p>;
}

function Blocked(): VNode | null {
  const { details, texts } = useShared();
  if (details.blocked.length === 0) {
    return null;
  }
  const named = details.blocked.flatMap((one) =>
    one.id === undefined ? [] : [one.via === undefined ? one.id : `${one.id} (${filled(texts.blockedVia, one.via)})`],
  );
  const text = named.length === 0 ? texts.blockedByStatus : filled(texts.blockedBecause, named.join(', '));
  return <p class="blocked">{text}</p>;
}

function Actions(): VNode {
  const { details, texts, page, isLocked } = useShared();
  const [isClosing, setClosing] = useState(false);
  const { category, issue } = details;
  return (
    <div class="actions" role="group" aria-label={texts.actions}>
      {category === 'todo' && (
        <button type="button" disabled={isLocked} onClick={() => void page.act({ method: 'start' })}>
          {texts.start}
        </button>
      )}
      {category === 'done' ? (
        <button type="button" disabled={isLocked} onClick={() => void page.act({ method: 'reopen', reason: '' })}>
          {texts.reopen}
        </button>
      ) : (
        <button
          type="button"
          class="second"
          disabled={isLocked}
          aria-expanded={isClosing}
          onClick={() => {
            setClosing(!isClosing);
          }}
        >
          {texts.close}…
        </button>
      )}
      <button type="button" class="second" onClick={() => void page.act({ method: 'openText' })}>
        {texts.openText}
      </button>
      <button
        type="button"
        class="second"
        onClick={() => void page.act({ method: 'copyId' }, filled(texts.copied, issue.id))}
      >
        {texts.copyId}
      </button>
      {isClosing && category !== 'done' && (
        <Closing
          end={() => {
            setClosing(false);
          }}
        />
      )}
    </div>
  );
}

function Closing({ end }: { readonly end: () => void }): VNode {
  const { texts, page } = useShared();
  const [reason, setReason] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      class="closing"
      onSubmit={(event) => {
        event.preventDefault();
        void page.act({ method: 'close', reason }).then((isDone) => {
          if (isDone) {
            end();
          }
        });
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          end();
        }
      }}
    >
      <label>
        {texts.closeReason}
        <input
          ref={field}
          dir="auto"
          value={reason}
          onInput={(event) => {
            setReason(event.currentTarget.value);
          }}
        />
      </label>
      <button type="submit">{texts.close}</button>
      <button type="button" class="second" onClick={end}>
        {texts.cancel}
      </button>
    </form>
  );
}

/** A status as words. */
export function words(status: string): string {
  return status.replaceAll('_', ' ');
}

/** A moment as a day. */
export function day(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text.slice(0, 10) : date.toLocaleDateString();
}

/** A moment as day and time. */
export function moment(text: string): string {
  const date = new Date(text);
  const form = { dateStyle: 'medium', timeStyle: 'short' } as const;
  return Number.isNaN(date.getTime()) ? text : date.toLocaleString(undefined, form);
}
