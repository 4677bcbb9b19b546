import assert from 'node:assert/strict';
import * as path from 'node:path';
import { test } from 'node:test';
import { serverCommand } from '../src/command';
import { actions, shown, type Issue } from '../src/issues';

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

void test('titles can’t draw icons', () => {
  assert.equal(shown(issue).description.includes('$('), false);
  assert.equal(shown({ ...issue, assignee: 'anna' }).detail, 'open · P1 · bug · anna');
});

void test('actions fit the state', () => {
  assert.deepEqual(actions(issue), ['startIssue', 'closeIssue']);
  assert.deepEqual(actions({ ...issue, status: 'closed' }), ['reopenIssue']);
  assert.deepEqual(actions({ ...issue, status: 'shipped', category: 'done' }), ['reopenIssue']);
});
