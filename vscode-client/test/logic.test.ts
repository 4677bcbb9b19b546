import assert from 'node:assert/strict';
import * as path from 'node:path';
import { test } from 'node:test';
import { serverCommand } from '../src/command';
import { actions, shown, type Issue } from '../src/issues';
import { CrashGuard, Queue } from '../src/restarts';

const issue: Issue = { id: 'app-1a2b', title: 'Round $(trash) up', status: 'open', priority: 1, issue_type: 'bug' };

void test('the server runs with the bundled libraries and none of the user’s', () => {
  const interpreter = { program: 'py', args: ['-3'], origin: 'x' };
  const found = serverCommand('/ext', interpreter, { PATH: '/bin', PYTHONHOME: '/odd', PYTHONPATH: '/mine' });
  assert.deepEqual([found.command, ...found.args], ['py', '-3', '-m', 'issuelens', 'lsp']);
  assert.equal(found.env['PYTHONPATH'], path.join('/ext', 'bundled', 'libs'));
  assert.equal(found.env['PYTHONNOUSERSITE'], '1');
  assert.equal(found.env['PYTHONHOME'], undefined);
  assert.equal(found.env['PATH'], '/bin');
});

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

void test('titles can’t draw icons', () => {
  assert.equal(shown(issue).description.includes('$('), false);
  assert.equal(shown({ ...issue, assignee: 'anna' }).detail, 'open · P1 · bug · anna');
});

void test('actions fit the state', () => {
  assert.deepEqual(actions(issue), ['startIssue', 'closeIssue']);
  assert.deepEqual(actions({ ...issue, status: 'closed' }), ['reopenIssue']);
  assert.deepEqual(actions({ ...issue, status: 'shipped', category: 'done' }), ['reopenIssue']);
});
