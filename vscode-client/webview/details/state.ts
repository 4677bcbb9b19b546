// What a page of one issue holds, and how it comes and changes.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Refused, type Host } from '../host';
import type { Ask } from '../messages';
import type { Conflict, Details, Edited, FieldName, FieldValue, History, References, Settled } from '../shapes';

export type Values = Partial<Record<FieldName, FieldValue>>;

/** An edit that others have crossed: both sides, and how it is settled. */
export interface Crossed {
  readonly conflicts: readonly Conflict[];
  /** Says which side counts; undefined leaves all as it is. */
  readonly settle: (keep: Settled['keep'] | undefined) => void;
}

/** What became of an edit: written, left as it was by the person, or refused. */
export type Written = 'written' | 'left' | 'refused';

export interface Page {
  readonly details: Details | undefined;
  readonly history: History | undefined;
  readonly references: References | undefined;
  readonly isRunning: boolean;
  /** Why the issue could not be read; undefined when it could. */
  readonly problem: string | undefined;
  /** Why what was asked for last was not done; undefined when it was. */
  readonly refusal: string | undefined;
  /** What a screen reader is told. */
  readonly said: string;
  readonly crossed: Crossed | undefined;
  /** Reads all of it again. */
  readonly reload: () => void;
  readonly dismiss: () => void;
  /** Asks the host and reads again; whether that went well. A refusal is shown, and `refused` hears its reason. `said` may depend on the answer. */
  readonly act: (ask: Ask, said?: string | ((answer: unknown) => string), refused?: (reason: string | undefined) => void) => Promise<boolean>;
  /** Writes fields as they were typed since a state of the issue. */
  readonly edit: (fields: Values, updatedAt: string, said: string) => Promise<Written>;
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
  const [refusal, setRefusal] = useState<string>();
  const [said, say] = useState('');
  const [crossed, setCrossed] = useState<Crossed>();
  const limit = useRef(FIRST);
  const open = useRef<Crossed>(undefined);

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

  const act: Page['act'] = async (ask, told = '', refused) => {
    try {
      const answer = await host.request(ask);
      say(typeof told === 'string' ? told : told(answer));
    } catch (error) {
      setRefusal(textOf(error));
      refused?.(error instanceof Refused ? error.reason : undefined);
      // What was refused may have changed meanwhile.
      reload();
      return false;
    }
    setRefusal(undefined);
    reload();
    return true;
  };

  const edit: Page['edit'] = async (fields, updatedAt, told) => {
    try {
      const ask: Ask = { method: 'edit', updatedAt, fields };
      let edited = await host.request<Edited>(ask);
      while (edited.conflicts.length > 0) {
        const { conflicts } = edited;
        // One question at a time: another edit leaves this one as it was.
        open.current?.settle(undefined);
        const keep = await new Promise<Settled['keep'] | undefined>((settle) => {
          open.current = { conflicts, settle };
          setCrossed(open.current);
        });
        setCrossed((shown) => (shown?.conflicts === conflicts ? undefined : shown));
        if (keep === undefined) {
          return 'left';
        }
        edited = await host.request<Edited>({ ...ask, settled: { keep, seen: edited.issue.updated_at } });
      }
      setRefusal(undefined);
      say(told);
      reload();
      return 'written';
    } catch (error) {
      setRefusal(textOf(error));
      return 'refused';
    }
  };

  return {
    ...{ details, history, references, isRunning, problem, refusal, said, crossed, reload, act, edit },
    dismiss: () => {
      setRefusal(undefined);
    },
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
