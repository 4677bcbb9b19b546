// One comment: shown, edited, and deleted after a question.

import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Comment } from '../shapes';
import { filled } from '../texts';
import { useShared } from './context';
import { seenAfter } from './drafts';
import { Formatted } from './formatted';
import { moment } from './header';
import { TextEditor } from './long-text';

/** The name of the draft of a comment that is edited. */
export function draftOf(comment: Comment): string {
  return `comment.${comment.id}`;
}

export function CommentLine({ comment }: { readonly comment: Comment }): VNode {
  const { texts, page, drafts, isLocked } = useShared();
  const draft = draftOf(comment);
  // What it said when its editing began: what others change meanwhile is not replaced unseen.
  const [seen, setSeen] = useState(drafts.get(draft) === undefined ? undefined : (drafts.get(`${draft}.seen`) ?? comment.text));
  const [isAsked, setAsked] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const author = comment.author === '' ? texts.somebody : comment.author;

  const see = (text: string): void => {
    setSeen(text);
    drafts.set(`${draft}.seen`, text);
  };
  const end = (): void => {
    drafts.set(draft, undefined);
    drafts.set(`${draft}.seen`, undefined);
    setSeen(undefined);
    requestAnimationFrame(() => button.current?.focus());
  };
  const save = async (text: string): Promise<void> => {
    const before = seen ?? comment.text;
    const ask = { method: 'editComment', comment: comment.id, text, seen: before } as const;
    const refused = (reason: string | undefined): void => {
      see(seenAfter(reason, before, comment.text));
    };
    if (text.trim() === comment.text || (await page.act(ask, texts.commentSaved, refused))) {
      end();
    }
  };
  return (
    <li class="comment">
      <p class="quiet">
        <strong dir="auto">{author}</strong> {moment(comment.created_at)}
        {comment.updated_at !== undefined && `, ${filled(texts.edited, moment(comment.updated_at))}`}{' '}
        {seen === undefined && !isAsked && (
          <>
            <button
              ref={button}
              type="button"
              class="quiet-button"
              disabled={isLocked}
              aria-label={filled(texts.editComment, author)}
              onClick={() => {
                see(comment.text);
              }}
            >
              {texts.editShort}
            </button>
            <button
              type="button"
              class="quiet-button"
              disabled={isLocked}
              aria-label={filled(texts.deleteComment, author)}
              onClick={() => {
                setAsked(true);
              }}
            >
              {texts.deleteShort}
            </button>
          </>
        )}
      </p>
      {isAsked && (
        <Question
          comment={comment}
          end={() => {
            setAsked(false);
            requestAnimationFrame(() => button.current?.focus());
          }}
        />
      )}
      {seen === undefined ? (
        <Formatted text={comment.text} />
      ) : (
        <>
          {seen !== comment.text && <Formatted text={comment.text} />}
          <TextEditor
            name={draft}
            label={filled(texts.editComment, author)}
            original={comment.text}
            saveLabel={texts.save}
            save={save}
            cancel={end}
          />
        </>
      )}
    </li>
  );
}

/** Asks whether a comment is to be deleted. */
function Question({ comment, end }: { readonly comment: Comment; readonly end: () => void }): VNode {
  const { texts, page, isLocked } = useShared();
  const keep = useRef<HTMLButtonElement>(null);
  const label = `delete-${comment.id}`;
  useEffect(() => keep.current?.focus(), []);
  const remove = async (): Promise<void> => {
    if (await page.act({ method: 'deleteComment', comment: comment.id }, texts.commentDeleted)) {
      document.getElementById('comments-heading')?.focus();
    }
  };
  return (
    <div
      role="alertdialog"
      aria-labelledby={label}
      class="actions"
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          end();
        }
      }}
    >
      <span id={label}>{texts.deleteAsk}</span>
      <button type="button" disabled={isLocked} onClick={() => void remove()}>
        {texts.deleteShort}
      </button>
      <button ref={keep} type="button" class="second" onClick={end}>
        {texts.keep}
      </button>
    </div>
  );
}
