import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lacking, nameOf } from '../src/lacking';

void test('what a server does not know is told once, and not asked for again until another one runs', () => {
  const told: string[] = [];
  const lacking = new Lacking((name) => told.push(name));
  assert.equal(lacking.notes('issuelens/issueTree', { code: -32603 }, []), false);
  assert.equal(lacking.notes('issuelens/issueTree', new Error('lost'), []), false);
  assert.equal(lacking.has('issuelens/issueTree'), false);
  assert.equal(lacking.notes('issuelens/issueTree', { code: -32601 }, []), true);
  assert.equal(lacking.notes('issuelens/todoTree', { code: -32601 }, []), true);
  assert.equal(lacking.has('issuelens/issueTree'), true);
  assert.deepEqual(told, ['issuelens/issueTree']);
  lacking.reset();
  assert.equal(lacking.has('issuelens/issueTree'), false);
});

void test('a command that a server does not offer is lacking, one with a wrong argument is not', () => {
  const lacking = new Lacking(() => undefined);
  const refused = { code: -32602 };
  assert.equal(nameOf('issuelens/issueTree', null), 'issuelens/issueTree');
  const name = nameOf('workspace/executeCommand', { command: 'issuelens.server.sync', arguments: [] });
  assert.equal(lacking.notes(name, refused, [name]), false);
  assert.equal(lacking.notes('issuelens/issueTree', refused, []), false);
  assert.equal(lacking.notes(name, refused, undefined), false);
  assert.equal(lacking.notes(name, refused, ['issuelens.server.undo']), true);
});
