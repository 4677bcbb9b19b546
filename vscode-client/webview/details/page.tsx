// The page of one issue.

import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Host } from '../host';
import { filled } from '../texts';
import { Comments } from './comments';
import { ConflictPanel } from './conflict';
import { SharedContext, useShared, type Shared } from './context';
import { Drafts } from './drafts';
import { FieldsPanel } from './fields';
import { Header } from './header';
import { HistoryList } from './history';
import { KeptConflicts } from './kept-conflicts';
import { Links } from './links';
import { Others } from './others';
import { LongText } from './long-text';
import { Places } from './places';
import { usePage, type Page } from './state';

const LONG = ['description', 'design', 'acceptance_criteria', 'notes'] as const;

export function DetailsPage({ host }: { readonly host: Host }): VNode {
  const page = usePage(host);
  const drafts = useMemo(() => new Drafts(host), [host]);
  const { texts } = host;
  return (
    <main class="details" aria-busy={page.details === undefined}>
      <p role="status" class="unseen">
        {page.said}
      </p>
      <Problem host={host} page={page} />
      {page.details === undefined ? (
        page.problem === undefined && page.isRunning && <p class="quiet">{texts.loading}</p>
      ) : (
        <SharedContext.Provider value={shared(host, page, drafts, page.details)}>
          <Body />
        </SharedContext.Provider>
      )}
    </main>
  );
}

function shared(host: Host, page: Page, drafts: Drafts, details: NonNullable<Page['details']>): Shared {
  const open = (id: string): void => {
    void page.act({ method: 'openIssue', id });
  };
  const around = {
    mentioned: Object.fromEntries(details.mentioned.map((one) => [one.word, one])),
    open,
    imageName: (description: string) => filled(host.texts.image, description),
  };
  const isLocked = !page.isRunning || details.issue.status === 'tombstone';
  return { host, texts: host.texts, page, details, drafts, around, isLocked };
}

function Problem({ host, page }: { readonly host: Host; readonly page: Page }): VNode | null {
  const { texts } = host;
  if (!page.isRunning) {
    return (
      <div role="alert" class="problem">
        <p>{texts.stopped}</p>
        <button type="button" onClick={() => void page.act({ method: 'restart' })}>
          {texts.restart}
        </button>
      </div>
    );
  }
  const text = page.refusal ?? page.problem;
  if (text === undefined) {
    return null;
  }
  return (
    <div role="alert" class="problem">
      <p dir="auto">{text}</p>
      <button type="button" onClick={page.refusal === undefined ? page.reload : page.dismiss}>
        {page.refusal === undefined ? texts.retry : texts.dismiss}
      </button>
    </div>
  );
}

function Body(): VNode {
  const { page } = useShared();
  return (
    <>
      <Header />
      {page.crossed !== undefined && <ConflictPanel crossed={page.crossed} />}
      <KeptConflicts />
      <div class="columns">
        <div class="texts">
          {LONG.map((name) => (
            <LongText key={name} name={name} />
          ))}
          <Comments />
          <Places />
          <HistoryList />
        </div>
        <div class="beside">
          <FieldsPanel />
          <Links />
          <Others />
        </div>
      </div>
    </>
  );
}
