import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AtMostOne, CrashGuard, Queue } from '../src/restarts';

void test('a server that ends too often is not started again', () => {
  const guard = new CrashGuard(2, 1_000);
  assert.deepEqual([guard.mayRestart(0), guard.mayRestart(10), guard.mayRestart(20)], [true, true, false]);
  assert.equal(guard.mayRestart(5_000), true);
  guard.mayRestart(5_001);
  guard.reset();
  assert.equal(guard.mayRestart(5_002), true);
});

void test('work in a queue never overlaps, and what waits runs once', async () => {
  const queue = new Queue();
  const gates: (() => void)[] = [];
  let now = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++now);
    await new Promise<void>((resolve) => gates.push(resolve));
    now--;
  };
  const all = [queue.run(work), queue.run(work), queue.run(work)];
  gates[0]?.();
  await all[0];
  while (gates.length < 2) {
    await Promise.resolve();
  }
  gates[1]?.();
  await Promise.all(all);
  assert.equal(gates.length, 2);
  assert.equal(most, 1);
});

void test('a failing piece of work does not stop the queue', async () => {
  const queue = new Queue();
  const failed = queue.run(() => Promise.reject(new Error('no')));
  let ran = false;
  const next = queue.run(() => {
    ran = true;
    return Promise.resolve();
  });
  await assert.rejects(failed, /no/);
  await next;
  assert.equal(ran, true);
});

/** A thing that tells what becomes of it. A start or an end waits for its gate where there is one. */
class Things {
  readonly told: string[] = [];
  readonly gates: (() => void)[] = [];
  isGated = false;
  canEnd = true;
  canStart = true;
  private count = 0;
  readonly only = new AtMostOne<string>({
    start: async () => {
      const name = `thing ${++this.count}`;
      this.told.push(`begin ${name}`);
      await this.gate();
      if (!this.canStart) {
        throw new Error('no start');
      }
      if (this.only.isWanted) {
        this.only.hold(name);
        this.told.push(`start ${name}`);
      }
    },
    end: async (one) => {
      this.told.push(`end ${one}`);
      await this.gate();
      if (!this.canEnd) {
        throw new Error('too late');
      }
    },
    failed: (error) => this.told.push(String(error)),
    notStarted: (error) => this.told.push(String(error)),
  });

  private async gate(): Promise<void> {
    if (this.isGated) {
      await new Promise<void>((resolve) => this.gates.push(resolve));
    }
  }
}

void test('starting anew ends the one before', async () => {
  const { only, told } = new Things();
  await only.renew();
  await only.renew();
  assert.deepEqual(told, ['begin thing 1', 'start thing 1', 'end thing 1', 'begin thing 2', 'start thing 2']);
  assert.equal(only.one, 'thing 2');
});

void test('one that does not end in time is told of, and another is started all the same', async () => {
  const things = new Things();
  await things.only.renew();
  things.canEnd = false;
  await things.only.renew();
  assert.deepEqual(things.told.slice(2), ['end thing 1', 'Error: too late', 'begin thing 2', 'start thing 2']);
  assert.equal(things.only.one, 'thing 2');
});

void test('one that does not start is told of, and can be started later', async () => {
  const things = new Things();
  things.canStart = false;
  await things.only.renew();
  things.canStart = true;
  await things.only.renew();
  assert.deepEqual(things.told, ['begin thing 1', 'Error: no start', 'begin thing 2', 'start thing 2']);
});

void test('what is asked for while one begins takes its place, and comes once', async () => {
  const things = new Things();
  things.isGated = true;
  const first = things.only.renew();
  await Promise.resolve();
  await Promise.resolve();
  things.isGated = false;
  const others = [things.only.renew(), things.only.renew()];
  assert.equal(things.gates.length, 1);
  things.gates[0]?.();
  await Promise.all([first, ...others]);
  assert.deepEqual(things.told, ['begin thing 1', 'begin thing 2', 'start thing 2']);
});

void test('after the end nothing is started, not even what had begun', async () => {
  const things = new Things();
  things.isGated = true;
  const first = things.only.renew();
  await Promise.resolve();
  await Promise.resolve();
  const end = things.only.close();
  things.gates[0]?.();
  await Promise.all([first, end, things.only.renew()]);
  assert.deepEqual(things.told, ['begin thing 1']);
  assert.equal(things.only.one, undefined);
});
