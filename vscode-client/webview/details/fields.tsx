// The issue's short fields, each edited in its place.

import type { ComponentChild, VNode } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { FieldName } from '../shapes';
import { filled } from '../texts';
import { useShared } from './context';
import { words } from './header';
import type { Values, Written } from './state';

export function FieldsPanel(): VNode {
  const { details, texts } = useShared();
  const { choices, statuses, fields } = details;
  const types = choices.types.includes(fields.issue_type) ? choices.types : [...choices.types, fields.issue_type];
  const names = statuses.map((one) => one.name);
  return (
    <section aria-label={texts.fields} class="fields">
      <Choice name="status" values={names.includes(fields.status) ? names : [...names, fields.status]} shown={words} />
      <Choice
        name="priority"
        values={choices.priorities.map(String)}
        shown={(value) => `P${value}`}
        written={Number}
      />
      <Choice name="issue_type" values={types} shown={words} />
      <Line name="assignee" offered={choices.people} />
      <Labels offered={choices.labels} />
      <Line name="due_at" type="date" />
      <Line name="defer_until" type="date" />
      <Line name="estimated_minutes" type="number" />
      <Line name="external_ref" />
    </section>
  );
}

/** Writes a field as it was typed since the state that was shown. */
function useWrite(name: FieldName): (value: Values[FieldName], since: string) => Promise<Written> {
  const { texts, page } = useShared();
  return (value, since) => page.edit({ [name]: value }, since, filled(texts.saved, texts[name]));
}

function Row({ id, name, children }: { readonly id: string; readonly name: FieldName; readonly children: ComponentChild }) {
  const { texts } = useShared();
  return (
    <div class="field">
      <label for={id}>{texts[name]}</label>
      {children}
    </div>
  );
}

interface ChoiceProperties {
  readonly name: 'status' | 'priority' | 'issue_type';
  readonly values: readonly string[];
  readonly shown: (value: string) => string;
  readonly written?: (value: string) => string | number;
}

function Choice({ name, values, shown, written = (value) => value }: ChoiceProperties): VNode {
  const { details, isLocked } = useShared();
  const write = useWrite(name);
  const id = useId();
  return (
    <Row id={id} name={name}>
      <select
        id={id}
        disabled={isLocked}
        value={String(details.fields[name])}
        onKeyDown={openFirst}
        onChange={(event) => {
          const field = event.currentTarget;
          void write(written(field.value), details.issue.updated_at).then((done) => {
            if (done !== 'written') {
              field.value = String(details.fields[name]);
            }
          });
        }}
      >
        {values.map((value) => (
          <option key={value} value={value}>
            {shown(value)}
          </option>
        ))}
      </select>
    </Row>
  );
}

/** Keys open the list in place of choosing at once: else each arrow on the way would be written. */
function openFirst(event: KeyboardEvent & { readonly currentTarget: HTMLSelectElement }): void {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const chooses = event.key.startsWith('Arrow') || event.key.length === 1 || ['Home', 'End'].includes(event.key);
  if (isPlain && chooses && 'showPicker' in event.currentTarget) {
    event.preventDefault();
    event.currentTarget.showPicker();
  }
}

type LineName = 'assignee' | 'due_at' | 'defer_until' | 'estimated_minutes' | 'external_ref';

interface LineProperties {
  readonly name: LineName;
  readonly type?: 'text' | 'date' | 'number';
  readonly offered?: readonly string[];
}

function Line({ name, type = 'text', offered = [] }: LineProperties): VNode {
  const { details, isLocked } = useShared();
  const write = useWrite(name);
  const current = String(details.fields[name]);
  const [text, setText] = useState(current);
  const [isRefused, setRefused] = useState(false);
  const since = useRef<string | undefined>(undefined);
  const id = useId();
  // While nobody types, the field follows the issue.
  useEffect(() => {
    if (since.current === undefined) {
      setText(current);
    }
  }, [current]);

  const save = async (): Promise<void> => {
    const [begun, wanted] = [since.current, text.trim()];
    since.current = undefined;
    if (begun === undefined || wanted === current) {
      return;
    }
    const value = name === 'estimated_minutes' && wanted !== '' ? Number(wanted) : wanted;
    const done = await write(value, begun);
    setRefused(done === 'refused');
    if (done === 'refused') {
      // What was typed stays, to be mended or sent again.
      since.current = begun;
    } else if (done === 'left') {
      setText(current);
    }
  };
  const isMoment = type === 'date' && current.length > 10;
  return (
    <Row id={id} name={name}>
      <input
        id={id}
        // A time of day is kept as the text that it is.
        type={isMoment ? 'text' : type}
        min={type === 'number' ? 0 : undefined}
        dir="auto"
        list={offered.length > 0 ? `${id}-list` : undefined}
        readOnly={isLocked}
        aria-invalid={isRefused}
        value={text}
        onInput={(event) => {
          since.current ??= details.issue.updated_at;
          setText(event.currentTarget.value);
        }}
        onBlur={() => void save()}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            void save();
          } else if (event.key === 'Escape') {
            since.current = undefined;
            setRefused(false);
            setText(current);
          }
        }}
      />
      {offered.length > 0 && <Offered id={`${id}-list`} values={offered} />}
    </Row>
  );
}

function Offered({ id, values }: { readonly id: string; readonly values: readonly string[] }): VNode {
  return (
    <datalist id={id}>
      {values.map((value) => (
        <option key={value} value={value} />
      ))}
    </datalist>
  );
}

function Labels({ offered }: { readonly offered: readonly string[] }): VNode {
  const { details, texts, isLocked } = useShared();
  const write = useWrite('labels');
  const [text, setText] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const { labels } = details.fields;
  const set = async (wanted: readonly string[]): Promise<void> => {
    if ((await write(wanted, details.issue.updated_at)) === 'written') {
      setText('');
      field.current?.focus();
    }
  };
  const add = (): void => {
    const label = text.trim();
    if (label !== '') {
      void set([...labels, label]);
    }
  };
  return (
    <Row id={id} name="labels">
      <ul class="labels">
        {labels.map((label) => (
          <li key={label}>
            <span dir="auto">{label}</span>
            <button
              type="button"
              disabled={isLocked}
              aria-label={filled(texts.removeLabel, label)}
              onClick={() => void set(labels.filter((one) => one !== label))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <input
        id={id}
        ref={field}
        dir="auto"
        list={`${id}-list`}
        placeholder={texts.addLabel}
        readOnly={isLocked}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
        }}
        onBlur={add}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            add();
          } else if (event.key === 'Escape') {
            setText('');
          }
        }}
      />
      <Offered id={`${id}-list`} values={offered.filter((one) => !labels.includes(one))} />
    </Row>
  );
}
