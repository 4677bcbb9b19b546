import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listeners } from '../src/listeners';

void test('every listener of a method is told, whatever another one does', () => {
  const listeners = new Listeners();
  const [heard, problems]: [string[], unknown[]] = [[], []];
  const second = (params: unknown): void => void heard.push(`second ${String(params)}`);
  assert.equal(
    listeners.add('a', () => {
      throw new Error('no');
    }),
    true,
  );
  assert.equal(listeners.add('a', second), false);
  assert.equal(listeners.add('b', second), true);
  listeners.tell('a', 1, (error) => problems.push(error));
  listeners.tell('c', 2, (error) => problems.push(error));
  listeners.remove('a', second);
  listeners.tell('a', 3, (error) => problems.push(error));
  assert.deepEqual(heard, ['second 1']);
  assert.equal(problems.length, 2);
  assert.deepEqual(listeners.methods, ['a', 'b']);
});
