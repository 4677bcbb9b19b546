// A small shop with believable issues: what a person tries, and what the pictures show.

import type { Repository, Sandbox } from './sandbox';

const PRICES = `"""Prices of a small shop."""

VAT = {"DE": 0.19, "FR": 0.20, "CH": 0.081}


def total(prices: list[float], country: str) -> float:
    # TODO(ROUND): round half up, as invoices do
    net = sum(prices)
    # FIXME: reduced rates are missing
    return net * (1 + VAT[country])


def discount(net: float, code: str) -> float:
    # TODO(CODES): a code ends at midnight
    if code == "SUMMER":
        return net * 0.9
    return net
`;
const BASKET = `// What a customer is about to buy.

export interface Line { article: string; count: number; price: number }

export class Basket {
  private lines: Line[] = [];

  // HACK: the server counts again, since this one can be edited
  add(line: Line): void {
    this.lines.push(line);
  }

  // TODO: merge lines of the same article
  get total(): number {
    return this.lines.reduce((sum, one) => sum + one.count * one.price, 0);
  }
}
`;
const README = `# Corner shop

<!-- TODO: say how to run it -->
`;
const ROUNDING = `Invoices must round **half up**, each line by itself:

- \`2.345\` becomes \`2.35\`, not \`2.34\`
- the total is the sum of rounded lines

See the note of the accountant of May.
`;

/** Makes the repository; its issues are the same each time, but for their ids. */
export function shop(sandbox: Sandbox, name = 'corner-shop', files: Readonly<Record<string, string>> = {}): Repository {
  const made = sandbox.repository(name, { 'README.md': README, ...files });
  const epic = made.create('Invoices that the tax office takes', '--type', 'epic', '--priority', '1');
  const round = made.create('Round half up on invoices', '--type', 'bug', '--priority', '1', '--label', 'money', '-d', ROUNDING);
  const codes = made.create('Discount codes expire a day late', '--type', 'bug', '--assignee', 'bob');
  const decimal = made.create('Keep prices as decimals', '--priority', '0', '--label', 'money', '--assignee', 'anna');
  const numbers = made.create('Number invoices without gaps', '--priority', '2');
  made.create('Remember the basket for a week', '--type', 'feature', '--priority', '3');
  made.create('Pay by invoice', '--type', 'feature', '--priority', '2', '--assignee', 'bob');
  for (const child of [round, numbers]) {
    made.issuelens('update', child, '--parent', epic);
  }
  made.issuelens('dep', 'add', round, decimal);
  made.issuelens('start', codes);
  made.issuelens('start', decimal);
  made.issuelens('comment', 'add', round, 'The accountant agrees. `decimal` has `ROUND_HALF_UP`.');
  made.write('src/prices.py', PRICES.replace('ROUND', round).replace('CODES', codes));
  made.write('src/basket.ts', BASKET);
  made.run('git', 'add', '--all');
  made.run('git', 'commit', '--quiet', '--message', 'Prices and baskets');
  return made;
}
