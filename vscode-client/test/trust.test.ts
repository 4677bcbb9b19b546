import assert from 'node:assert/strict';
import * as path from 'node:path';
import { test } from 'node:test';
import { serverCommand } from '../src/command';
import { shown } from '../src/issues';
import { plain } from '../src/plain';
import { reasonNotToStart } from '../src/trust';

void test('nothing is started in a workspace that is not trusted', () => {
  assert.match(reasonNotToStart({ isTrusted: false, schemes: ['file'] }) ?? '', /not trusted/);
  assert.match(reasonNotToStart({ isTrusted: false, schemes: [] }) ?? '', /not trusted/);
  assert.equal(reasonNotToStart({ isTrusted: true, schemes: ['file'] }), undefined);
  assert.equal(reasonNotToStart({ isTrusted: true, schemes: [] }), undefined);
});

void test('nothing is started for folders that are on no disk', () => {
  assert.match(reasonNotToStart({ isTrusted: true, schemes: ['vscode-vfs'] }) ?? '', /No folder is on a disk/);
  assert.equal(reasonNotToStart({ isTrusted: true, schemes: ['vscode-vfs', 'file'] }), undefined);
});

void test('the server is started beside the extension, not in the workspace, and imports nothing from where it stands', () => {
  const found = serverCommand('/ext', { program: 'python3', args: [], origin: 'x' }, { PYTHONSTARTUP: '/repo/x.py' });
  assert.equal(found.cwd, '/ext');
  assert.equal(found.env['PYTHONSAFEPATH'], '1');
  assert.equal(found.env['PYTHONPATH'], path.join('/ext', 'bundled', 'libs'));
});

void test('texts make no links of messages and no icons of lists', () => {
  const text = '[Click](command:workbench.action.terminal.new) $(trash)';
  assert.equal(plain(text).includes(']('), false);
  assert.equal(plain(text).includes('$('), false);
  const issue = { id: 'a$(x)-1', title: text, status: 'open', priority: 1, issue_type: '$(y)', assignee: '$(z)' };
  const { label, description, detail } = shown(issue);
  assert.equal(`${label.slice(2)}${description}${detail}`.includes('$('), false);
});
