// Markdown as elements of the page. No HTML is ever made: each kind of token that is known here has its element, all
// else is text. Links lead only to the web and to issues; images are named, never loaded.

import MarkdownIt from 'markdown-it';
import { Fragment, h, type ComponentChild, type VNode } from 'preact';
import type { Brief } from './shapes';

/** Characters of a text that are formatted; a longer one is shown as it is. */
export const FORMATTED = 100_000;
/** Characters of a long text that are shown at first. */
export const BEGINNING = 20_000;
const SAFE_LINK = /^(?:https?:\/\/|mailto:)/i;

const parser = new MarkdownIt({ html: false, linkify: true, breaks: false });
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
parser.validateLink = (address) => SAFE_LINK.test(address);

type Token = ReturnType<typeof parser.parse>[number];

export interface Surroundings {
  /** Known ids in the text, as they are written there. */
  readonly mentioned: Readonly<Record<string, Brief>>;
  /** Opens an issue. */
  readonly open: (id: string) => void;
  /** Names an image that is not loaded. */
  readonly imageName: (description: string) => string;
}

const BLOCKS: Readonly<Record<string, string>> = {
  paragraph_open: 'p',
  bullet_list_open: 'ul',
  ordered_list_open: 'ol',
  list_item_open: 'li',
  blockquote_open: 'blockquote',
  table_open: 'table',
  thead_open: 'thead',
  tbody_open: 'tbody',
  tr_open: 'tr',
  th_open: 'th',
  td_open: 'td',
  em_open: 'em',
  strong_open: 'strong',
  s_open: 's',
};

/** A text as elements. */
export function Markdown({ text, around }: { readonly text: string; readonly around: Surroundings }): VNode {
  if (text.length > FORMATTED) {
    return <pre dir="auto">{text}</pre>;
  }
  return (
    <div class="markdown" dir="auto">
      {elements(parser.parse(text, {}), around)}
    </div>
  );
}

/** A text, or the first lines of a long one; no character is cut in two. */
export function beginning(text: string): string {
  if (text.length <= BEGINNING * 1.5) {
    return text;
  }
  const line = text.lastIndexOf('\n', BEGINNING);
  const end = line > BEGINNING / 2 ? line : BEGINNING;
  const isHalf = /[\ud800-\udbff]/.test(text.charAt(end - 1));
  return text.slice(0, isHalf ? end - 1 : end);
}

interface Open {
  readonly token: Token;
  readonly children: ComponentChild[];
}

function elements(tokens: readonly Token[], around: Surroundings): ComponentChild[] {
  const root: ComponentChild[] = [];
  const stack: Open[] = [];
  for (const token of tokens) {
    const into = stack.at(-1)?.children ?? root;
    if (token.nesting === 1) {
      stack.push({ token, children: [] });
    } else if (token.nesting === -1) {
      const done = stack.pop();
      (stack.at(-1)?.children ?? root).push(done === undefined ? undefined : element(done));
    } else {
      into.push(leaf(token, around, stack.some((one) => one.token.type === 'link_open')));
    }
  }
  return root;
}

function element({ token, children }: Open): ComponentChild {
  if (token.type === 'paragraph_open' && token.hidden) {
    return h(Fragment, null, children);
  }
  if (token.type === 'heading_open') {
    // The page has headings of its own above.
    return h(`h${Math.min(6, Number(token.tag.slice(1)) + 2)}`, null, children);
  }
  if (token.type === 'link_open') {
    return link(String(token.attrGet('href') ?? ''), children);
  }
  const name = BLOCKS[token.type];
  return name === undefined ? h(Fragment, null, children) : h(name, null, children);
}

function link(address: string, children: ComponentChild[]): ComponentChild {
  if (SAFE_LINK.test(address)) {
    return (
      <a href={address} title={address} target="_blank" rel="noopener noreferrer">
        {children}
      </a>
    );
  }
  return h(Fragment, null, children);
}

function leaf(token: Token, around: Surroundings, isInLink: boolean): ComponentChild {
  switch (token.type) {
    case 'inline':
      return h(Fragment, null, elements(token.children ?? [], around));
    case 'text':
      return isInLink ? token.content : withIssues(token.content, around);
    case 'code_inline':
      return <code>{token.content}</code>;
    case 'fence':
    case 'code_block':
      return (
        <pre tabIndex={0}>
          <code>{token.content}</code>
        </pre>
      );
    case 'hr':
      return <hr />;
    case 'hardbreak':
      return <br />;
    case 'softbreak':
      return '\n';
    case 'image':
      return <span class="image">{around.imageName(token.content)}</span>;
    default:
      return token.content;
  }
}

/** A text in which known ids are links. */
function withIssues(text: string, around: Surroundings): ComponentChild {
  const ids = Object.keys(around.mentioned).filter((id) => text.includes(id));
  if (ids.length === 0) {
    return text;
  }
  // The longest first: a child's id begins with its parent's.
  const words = ids.sort((one, other) => other.length - one.length).map((id) => id.replace(/[^\w]/g, '\\$&'));
  const parts = text.split(new RegExp(`(?<![\\w.-])(${words.join('|')})(?![\\w-]|\\.\\d)`));
  return h(
    Fragment,
    null,
    parts.map((part, at) => (at % 2 === 1 ? issueLink(part, part, around) : part)),
  );
}

function issueLink(id: string, children: ComponentChild, around: Surroundings): ComponentChild {
  const issue = around.mentioned[id];
  return (
    <button
      type="button"
      class={`link category-${issue?.category ?? 'todo'}`}
      title={issue === undefined ? id : `${issue.title} (${issue.status})`}
      onClick={() => {
        around.open(id);
      }}
    >
      {children}
    </button>
  );
}
