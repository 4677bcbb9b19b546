// What a page of one issue holds, and how it comes and changes.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Host } from '../host';
import type { Ask } from '../messages';
import type { Conflict, Details, Edited, FieldName, FieldValue, History, References, Settled } from '../shapes';

export type Values = Partial<Record<FieldName, FieldValue>>;

/** An edit that others have crossed: both sides, and how it is settled. */
export interface Crossed {
  readonly conflicts: readonly Conflict[];
  /** Says which side counts; undefined leaves all as it is. */
  readonly settle: (keep: Settled['keep'] | undefined) => void;
}

export interface Page {
  readonly details: Details | undefined;
  readonly history: History | undefined;
  readonly references: References | undefined;
  readonly isRunning: boolean;
  /** What went wrong last; undefined when nothing did. */
  readonly problem: string | undefined;
  /** What a screen reader is told. */
  readonly said: string;
  readonly crossed: Crossed | undefined;
  /** Reads all of it again. */
  readonly reload: () => void;
  readonly say: (text: string) => void;
  /** Asks the host and reads again; whether that went well. A problem is shown. */
  readonly act: (ask: Ask, said?: string) => Promise<boolean>;
  /** Writes fields as they were typed since a state of the issue; false when that is left or does not go. */
  readonly edit: (fields: Values, updatedAt: string, said: string) => Promise<boolean>;
  readonly showMore: () => void;
}

const FIRST = 20;
const MOST = 1_000;

/** The page's state, kept current by what the host tells. */
export function usePage(host: Host): Page {
  const [details, setDetails] = useState<Details>();
  const [history, setHistory] = useState<History>();
  const [references, setReferences] = useState<References>();
  const [isRunning, setRunning] = useState(true);
  const [problem, setProblem] = useState<string>();
  const [said, say] = useState('');
  const [crossed, setCrossed] = useState<Crossed>();
  const limit = useRef(FIRST);

  const read = useCallback(async () => {
    try {
      setDetails(await host.request<Details>({ method: 'details' }));
      setProblem(undefined);
      setHistory(await host.request<History>({ method: 'history', limit: limit.current }));
      setReferences(await host.request<References>({ method: 'references' }));
    } catch (error) {
      setProblem(textOf(error));
    }
  }, [host]);
  const reload = useLatest(read);

  useEffect(() => {
    reload();
    return host.subscribe((told) => {
      if (told.kind === 'server') {
        setRunning(told.isRunning);
      }
      if (told.kind === 'changed' || told.isRunning) {
        reload();
      }
    });
  }, [host, reload]);

  const act = async (ask: Ask, told?: string): Promise<boolean> => {
    try {
      await host.request(ask);
    } catch (error) {
      setProblem(textOf(error));
      return false;
    }
    setProblem(undefined);
    say(told ?? '');
    reload();
    return true;
  };

  const edit = async (fields: Values, updatedAt: string, told: string): Promise<boolean> => {
    try {
      const ask: Ask = { method: 'edit', updatedAt, fields };
      let edited = await host.request<Edited>(ask);
      while (edited.conflicts.length > 0) {
        const { conflicts } = edited;
        const keep = await new Promise<Settled['keep'] | undefined>((settle) => {
          setCrossed({ conflicts, settle });
        });
        setCrossed(undefined);
        if (keep === undefined) {
          return false;
        }
        edited = await host.request<Edited>({ ...ask, settled: { keep, seen: edited.issue.updated_at } });
      }
      setProblem(undefined);
      say(told);
      reload();
      return true;
    } catch (error) {
      setProblem(textOf(error));
      return false;
    }
  };

  return {
    ...{ details, history, references, isRunning, problem, said, crossed, reload, say, act, edit },
    showMore: () => {
      limit.current = Math.min(MOST, limit.current * 5);
      reload();
    },
  };
}

/** Runs work; asked for again while it runs, it runs once more. */
function useLatest(work: () => Promise<void>): () => void {
  const state = useRef({ isRunning: false, isAsked: false });
  return useMemo(() => {
    const run = async (): Promise<void> => {
      while (state.current.isAsked) {
        state.current.isAsked = false;
        await work();
      }
      state.current.isRunning = false;
    };
    return () => {
      state.current.isAsked = true;
      if (!state.current.isRunning) {
        state.current.isRunning = true;
        void run();
      }
    };
  }, [work]);
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is typed and not saved, kept by the host for when the page is made anew. */
export class Drafts {
  private readonly kept: Record<string, string>;

  constructor(private readonly host: Host) {
    const found = host.load();
    this.kept = {};
    if (typeof found === 'object' && found !== null) {
      for (const [name, text] of Object.entries(found)) {
        if (typeof text === 'string') {
          this.kept[name] = text;
        }
      }
    }
  }

  get(name: string): string | undefined {
    return Object.hasOwn(this.kept, name) ? this.kept[name] : undefined;
  }

  /** Keeps a text; undefined forgets it. */
  set(name: string, text: string | undefined): void {
    if (text === undefined) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
      delete this.kept[name];
    } else {
      this.kept[name] = text;
    }
    this.host.keep({ ...this.kept });
  }
}
