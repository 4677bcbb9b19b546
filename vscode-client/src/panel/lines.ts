// Texts of issues and comments in rows: one line each, that moves nothing beside it. Nothing here knows VS Code.

/** Longer texts are cut where they stand in a row, and whole in its tooltip. */
const LONG = 240;
// Letters and digits that are written from right to left, and signs that have letters be.
const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
// eslint-disable-next-line no-control-regex
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** One line, without what would turn the text beside it around. */
export function line(text: string): string {
  return text.replaceAll(UNSEEN, ' ').trim();
}

/** One line whose letters from right to left, if any, leave what stands beside it in its place. */
export function apart(text: string): string {
  const found = line(text);
  return FROM_RIGHT.test(found) ? `\u2068${found}\u2069` : found;
}

/** One line of a length that can be read out. */
export function short(text: string): string {
  const found = line(text);
  // Not between the halves of a character.
  return found.length <= LONG ? found : `${found.slice(0, LONG).replace(/[\ud800-\udbff]$/, '')}…`;
}
