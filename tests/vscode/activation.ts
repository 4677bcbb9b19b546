// How long the extension takes to be loaded and activated in the extension host: `make activation`, in several windows.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { House, missing } from './house';

const WINDOWS = 9;
/** The extension between two readings of the clocks; each activation adds a line to a file. */
const BEFORE = '"use strict";const issuelensFrom=[performance.now(),process.cpuUsage()];';
const AFTER = (file: string): string => `;{
const { activate, deactivate } = module.exports;
const since = ([wall, cpu]) => { const { user, system } = process.cpuUsage(cpu); return [performance.now() - wall, (user + system) / 1000]; };
const loaded = since(issuelensFrom);
module.exports = { deactivate, activate(context) {
  const from = [performance.now(), process.cpuUsage()];
  const result = activate(context);
  require('fs').appendFileSync(${JSON.stringify(file)}, JSON.stringify([...loaded, ...since(from)]) + '\\n');
  return result;
} };
}`;

function median(values: readonly number[]): string {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[Math.floor(sorted.length / 2)] ?? NaN).toFixed(1);
}

async function main(): Promise<void> {
  if (missing() !== undefined) {
    process.stderr.write(`Nothing is measured: ${missing() ?? ''}.\n`);
    return;
  }
  const house = await House.open();
  try {
    const folder = path.join(house.sandbox.folder, 'extensions');
    const name = fs.readdirSync(folder).find((one) => one.startsWith('issuelens')) ?? '';
    const file = path.join(folder, name, 'dist', 'extension.js');
    const times = path.join(house.sandbox.folder, 'times');
    fs.writeFileSync(file, BEFORE + fs.readFileSync(file, 'utf8') + AFTER(times));
    const shop = house.sandbox.repository('shop', { 'a.py': '# TODO: round\n' });
    for (let count = 0; count < WINDOWS; count++) {
      const one = await house.window(shop);
      await one.open('a.py');
      await one.lens('Create issue').waitFor();
      await one.close();
    }
    const rows = fs.readFileSync(times, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as number[]);
    const column = (number: number): string => median(rows.map((row) => row[number] ?? NaN));
    process.stdout.write(
      `${String(rows.length)} windows, medians in ms: loaded ${column(0)} (CPU ${column(1)}), ` +
        `activated ${column(2)} (CPU ${column(3)})\n`,
    );
  } finally {
    await house.close();
  }
}

void main();
