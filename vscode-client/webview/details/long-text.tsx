// A long text in Markdown: shown, and edited with a preview.

import type { VNode } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { filled } from '../texts';
import { useShared } from './context';
import { LARGE } from './drafts';
import { Formatted } from './formatted';

type Name = 'description' | 'design' | 'acceptance_criteria' | 'notes';

export function LongText({ name }: { readonly name: Name }): VNode {
  const { details, texts, page, drafts, isLocked } = useShared();
  const kept = drafts.get(name);
  const [since, setSince] = useState(kept === undefined ? undefined : (drafts.get(`${name}.since`) ?? ''));
  const heading = useId();
  const button = useRef<HTMLButtonElement>(null);
  const text = details.fields[name];

  const begin = (): void => {
    setSince(details.issue.updated_at);
    drafts.set(`${name}.since`, details.issue.updated_at);
  };
  const end = (): void => {
    drafts.set(name, undefined);
    drafts.set(`${name}.since`, undefined);
    setSince(undefined);
    requestAnimationFrame(() => button.current?.focus());
  };
  const save = async (written: string): Promise<void> => {
    const isSame = written === text;
    if (isSame || (await page.edit({ [name]: written }, since ?? '', filled(texts.saved, texts[name]))) === 'written') {
      end();
    }
  };

  const label = filled(text === '' ? texts.add : texts.edit, texts[name]);
  return (
    <section aria-labelledby={heading} class={text === '' && since === undefined ? 'absent' : ''}>
      <div class="heading">
        <h2 id={heading} class={text === '' && since === undefined ? 'unseen' : ''}>
          {texts[name]}
        </h2>
        {since === undefined && (
          <button ref={button} type="button" class="quiet-button" disabled={isLocked} onClick={begin}>
            {label}
          </button>
        )}
      </div>
      {since !== undefined ? (
        <TextEditor
          name={name}
          label={texts[name]}
          original={text}
          saveLabel={texts.save}
          save={save}
          cancel={end}
        />
      ) : (
        text !== '' && <Formatted text={text} />
      )}
    </section>
  );
}

/** Lines that are shown of a text that is edited. */
function rows(text: string): number {
  let lines = 2;
  for (let at = text.indexOf('\n'); at !== -1 && lines < 24; at = text.indexOf('\n', at + 1)) {
    lines += 1;
  }
  return Math.max(4, lines);
}

interface EditorProperties {
  /** What its draft is kept under. */
  readonly name: string;
  readonly label: string;
  /** What stands there now; a draft comes before it. */
  readonly original: string;
  readonly saveLabel: string;
  readonly save: (text: string) => Promise<void>;
  readonly cancel?: () => void;
}

/** A text area with a preview. */
export function TextEditor({ name, label, original, saveLabel, save, cancel }: EditorProperties): VNode {
  const { texts, drafts, isLocked } = useShared();
  const [text, setText] = useState(drafts.get(name) ?? original);
  const [isPreview, setPreview] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const hint = useId();
  useEffect(() => {
    if (cancel !== undefined) {
      area.current?.focus();
    }
  }, []);
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        void save(text);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          cancel?.();
        } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          void save(text);
        }
      }}
    >
      {isPreview ? (
        <div class="preview" role="region" aria-label={`${label}: ${texts.preview}`} tabIndex={0}>
          {text.trim() === '' ? <p class="quiet">{texts.emptyPreview}</p> : <Formatted text={text} />}
        </div>
      ) : (
        <textarea
          ref={area}
          aria-label={label}
          aria-describedby={hint}
          // A browser takes seconds for it in a text of a million characters.
          dir={original.length <= LARGE ? 'auto' : undefined}
          rows={rows(text)}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            drafts.set(name, event.currentTarget.value);
          }}
        />
      )}
      <p id={hint} class="quiet hint">
        {cancel === undefined ? texts.markdownAdded : texts.markdown}
      </p>
      <div class="actions">
        <button type="submit" disabled={isLocked || text.trim() === original.trim()}>
          {saveLabel}
        </button>
        <button
          type="button"
          class="second"
          aria-pressed={isPreview}
          onClick={() => {
            setPreview(!isPreview);
          }}
        >
          {texts.preview}
        </button>
        {cancel !== undefined && (
          <button type="button" class="second" onClick={cancel}>
            {texts.cancel}
          </button>
        )}
      </div>
    </form>
  );
}
