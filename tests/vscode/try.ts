// Serves VS Code with the extension and a sample workspace, for a person with a browser of their own.

import { House, missing } from './house';
import { shop } from './sample';

async function main(): Promise<void> {
  const reason = missing();
  if (reason !== undefined) {
    process.stderr.write(`VS Code is not served: ${reason}.\n`);
    process.exitCode = 1;
    return;
  }
  const house = await House.open(false);
  try {
    const link = house.link(shop(house.sandbox));
    process.stdout.write(`VS Code with Issuelens: ${link}\nOnly this machine reaches it. Ctrl-C ends it and removes the sample.\n`);
    await house.ended();
    process.stdout.write('VS Code has ended; the sample is removed.\n');
  } finally {
    await house.close();
  }
}

void main();
