// Texts of issues and errors, for messages and lists of VS Code.

// What turns the text behind it around.
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text in which `[a](command:b)` makes no link of a message and `$(name)` no icon of a list, and nothing is turned around. */
export function plain(text: string): string {
  return text.replaceAll(TURNING, '').replaceAll('](', ']\u200b(').replaceAll('$(', '$\u200b(');
}
