// What every part of the page may use.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Host } from '../host';
import type { Surroundings } from '../markdown';
import type { Texts } from '../texts';
import type { Drafts } from './drafts';
import type { Page } from './state';
import type { Details } from '../shapes';

export interface Shared {
  readonly host: Host;
  readonly texts: Texts;
  readonly page: Page;
  readonly details: Details;
  readonly drafts: Drafts;
  readonly around: Surroundings;
  /** Whether nothing can be changed now. */
  readonly isLocked: boolean;
}

export const SharedContext = createContext<Shared | undefined>(undefined);

/** The page's own things; only within its context. */
export function useShared(): Shared {
  const shared = useContext(SharedContext);
  if (shared === undefined) {
    throw new Error('a part of the page stands outside of it');
  }
  return shared;
}
