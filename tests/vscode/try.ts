// Serves VS Code with the extension and a sample workspace, for a person with a browser of their own.

import { House, missing } from './house';

const SOURCE = `def total(prices):
    # TODO: round half up
    return sum(prices)  # FIXME: taxes
`;

async function main(): Promise<void> {
  const reason = missing();
  if (reason !== undefined) {
    throw new Error(`VS Code can't be tried here: ${reason}`);
  }
  // What ends it must find something to end.
  const asked = new Promise((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve);
  });
  const house = await House.open(false);
  try {
    const shop = house.sandbox.repository('shop', { 'prices.py': SOURCE });
    shop.create('Keep prices as decimals', '--priority', '1');
    process.stdout.write(`VS Code with Issuelens: ${house.link(shop)}\nOnly this machine reaches it. CTRL-C ends it and removes the sample.\n`);
    await asked;
  } finally {
    await house.close();
  }
}

void main();
