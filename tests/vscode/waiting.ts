// Waiting for what no event of the browser tells of: files, processes, the command line.

const LOOK_MS = 100;
export const DEADLINE_MS = 30_000;

/** The first answer of `look` that is not false, null, undefined or an empty list; fails loudly after the deadline. */
export async function seen<T>(
  what: string,
  look: () => T | Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined && !(Array.isArray(found) && found.length === 0)) {
      return found;
    }
    if (performance.now() > end) {
      throw new Error(`Not seen within ${deadlineMs / 1000} s: ${what}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
