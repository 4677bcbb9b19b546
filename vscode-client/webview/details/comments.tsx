// The issue's comments, each edited and deleted where it stands, and a new one.

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { filled } from '../texts';
import { CommentLine, draftOf } from './comment';
import { useShared } from './context';
import { TextEditor } from './long-text';

const DRAFT = 'comment';
/** Comments that are shown at first, the last ones. */
const SHOWN = 50;

export function Comments(): VNode {
  const { details, texts } = useShared();
  const { comments } = details.issue;
  const [isWhole, setWhole] = useState(false);
  const earlier = isWhole ? 0 : Math.max(0, comments.length - SHOWN);
  return (
    <section aria-labelledby="comments-heading">
      <h2 id="comments-heading" tabIndex={-1}>
        {texts.comments}
      </h2>
      {comments.length === 0 && <p class="quiet">{texts.noComments}</p>}
      {earlier > 0 && (
        <button
          type="button"
          class="second"
          onClick={() => {
            setWhole(true);
          }}
        >
          {filled(texts.earlierComments, earlier)}
        </button>
      )}
      <ol class="plain">
        {comments.slice(earlier).map((one) => (
          <CommentLine key={one.id} comment={one} />
        ))}
      </ol>
      <Leftovers />
      <NewComment />
    </section>
  );
}

/** A new comment, empty again after each. */
function NewComment(): VNode {
  const { texts, page, drafts } = useShared();
  const [count, setCount] = useState(0);
  const add = async (text: string): Promise<void> => {
    if (text.trim() !== '' && (await page.act({ method: 'comment', text }, texts.commentAdded))) {
      drafts.set(DRAFT, undefined);
      setCount(count + 1);
    }
  };
  return <TextEditor key={count} name={DRAFT} label={texts.newComment} original="" saveLabel={texts.addComment} save={add} />;
}

/** What was written into comments that somebody else has deleted. */
function Leftovers(): VNode | null {
  const { details, texts, page, drafts } = useShared();
  const [, setCount] = useState(0);
  const known = new Set(details.issue.comments.map((one) => draftOf(one)));
  const left = drafts.names.filter((name) => /^comment\.\d+$/.test(name) && !known.has(name));
  const done = (name: string): void => {
    drafts.set(name, undefined);
    drafts.set(`${name}.seen`, undefined);
    setCount((count) => count + 1);
  };
  return (
    <>
      {left.map((name) => (
        <div key={name} class="comment">
          <p>{texts.commentGone}</p>
          <TextEditor
            name={name}
            label={texts.newComment}
            original=""
            saveLabel={texts.addComment}
            save={async (text) => {
              if (await page.act({ method: 'comment', text }, texts.commentAdded)) {
                done(name);
              }
            }}
            cancel={() => {
              done(name);
            }}
          />
        </div>
      ))}
    </>
  );
}
