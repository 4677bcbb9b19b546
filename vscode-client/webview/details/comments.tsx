// The issue's comments, and a new one.

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { Markdown } from '../markdown';
import { filled } from '../texts';
import { useShared } from './context';
import { moment } from './header';
import { TextEditor } from './long-text';

const DRAFT = 'comment';

export function Comments(): VNode {
  const { details, texts, page, drafts, around } = useShared();
  const { comments } = details.issue;
  // Made anew after each comment, so that it is empty again.
  const [count, setCount] = useState(0);
  const add = async (text: string): Promise<void> => {
    if (text.trim() !== '' && (await page.act({ method: 'comment', text }, texts.commentAdded))) {
      drafts.set(DRAFT, undefined);
      setCount(count + 1);
    }
  };
  return (
    <section aria-labelledby="comments-heading">
      <h2 id="comments-heading">{texts.comments}</h2>
      {comments.length === 0 && <p class="quiet">{texts.noComments}</p>}
      <ol class="plain">
        {comments.map((one) => (
          <li key={one.id} class="comment">
            <p class="quiet">
              <strong dir="auto">{one.author === '' ? texts.somebody : one.author}</strong> {moment(one.created_at)}
              {one.updated_at !== undefined && `, ${filled(texts.edited, moment(one.updated_at))}`}
            </p>
            <Markdown text={one.text} around={around} />
          </li>
        ))}
      </ol>
      <TextEditor
        key={count}
        name={DRAFT}
        label={texts.newComment}
        original=""
        saveLabel={texts.addComment}
        save={add}
      />
    </section>
  );
}
