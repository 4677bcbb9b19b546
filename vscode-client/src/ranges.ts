// Ranges as the server tells them, for VS Code.

import * as vscode from 'vscode';
import type { Range } from './places';

/** The same range. */
export function rangeOf({ start, end }: Range): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}
