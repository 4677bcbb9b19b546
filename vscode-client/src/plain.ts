// Texts of issues and errors, for messages and lists of VS Code.

/** The text in which `[a](command:b)` makes no link of a message and `$(name)` no icon of a list. */
export function plain(text: string): string {
  return text.replaceAll('](', ']\u200b(').replaceAll('$(', '$\u200b(');
}
