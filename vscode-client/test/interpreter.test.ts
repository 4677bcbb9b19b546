import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activeEnvironment, type PythonEnvironments, type PythonExtension } from '../src/environment';
import { bounded, candidates, expanded, findInterpreter, probe, versionProblem, type Sources } from '../src/interpreter';

const none: Sources = { setting: '', active: () => Promise.resolve(undefined), platform: 'linux' };

async function programs(sources: Partial<Sources>): Promise<string[]> {
  return (await candidates({ ...none, ...sources })).map((one) => [one.program, ...one.args].join(' '));
}

void test('a setting stands alone', async () => {
  assert.deepEqual(await programs({ setting: '/opt/python' }), ['/opt/python']);
});

void test('the active environment comes before python3', async () => {
  assert.deepEqual(await programs({ active: () => Promise.resolve('/venv/python') }), ['/venv/python', 'python3']);
});

void test('Windows has its launcher first', async () => {
  assert.deepEqual(await programs({ platform: 'win32' }), ['py -3', 'python3', 'python']);
});

void test('the first that fits is taken, and the others are told', async () => {
  const sources = { ...none, active: () => Promise.resolve('/old/python') };
  const found = await findInterpreter(sources, (one) =>
    Promise.resolve(one.program === '/old/python' ? 'it is Python 3.8' : undefined),
  );
  assert.equal(found.interpreter?.program, 'python3');
  assert.deepEqual(found.problems, ['/old/python (the active Python environment): it is Python 3.8']);
});

void test('none that fits', async () => {
  const found = await findInterpreter(none, () => Promise.resolve('no'));
  assert.equal(found.interpreter, undefined);
  assert.equal(found.problems.length, 1);
});

void test('versions', () => {
  assert.equal(versionProblem('3.11\n'), undefined);
  assert.equal(versionProblem('4.0\n'), undefined);
  assert.equal(versionProblem('3.9\n'), 'it is Python 3.9; 3.11 or newer is needed');
  assert.equal(versionProblem('hello'), 'it did not say its version');
});

void test('a program that is not there', async () => {
  assert.equal(await probe({ program: '/no/such/python', args: [], origin: 'x' }), 'it is not there');
});

void test('a program that no program can be', async () => {
  assert.equal(await probe({ program: `${process.execPath}/`, args: [], origin: 'x' }), "it can't be run (ENOTDIR)");
  assert.equal(await probe({ program: 'py\0thon', args: [], origin: 'x' }), "it can't be run (ERR_INVALID_ARG_VALUE)");
});

void test('a bounded wait ends without an answer', async () => {
  const never = new Promise<string>(() => undefined);
  assert.equal(await bounded(never, 1), undefined);
  assert.equal(await bounded(Promise.resolve('soon'), 1_000), 'soon');
});

function python(resolved: () => Promise<{ executable: { uri?: { fsPath: string } } } | undefined>): PythonExtension {
  const environments: PythonEnvironments['environments'] = {
    getActiveEnvironmentPath: () => ({ path: '/venv' }),
    resolveEnvironment: (path) => ((path as { path: string }).path === '/venv' ? resolved() : Promise.resolve(undefined)),
  };
  return { activate: () => Promise.resolve({ environments }) };
}

async function active(extension: PythonExtension | undefined): Promise<[string | undefined, string[]]> {
  const lines: string[] = [];
  const log = { info: (text: string) => void lines.push(text), warn: (text: string) => void lines.push(text) };
  return [await activeEnvironment(extension, log, 20), lines];
}

void test('the Python extension is asked for its environment, and waited for only so long', async () => {
  assert.deepEqual(await active(undefined), [undefined, []]);
  const uri = { fsPath: '/venv/bin/python' };
  assert.deepEqual(await active(python(() => Promise.resolve({ executable: { uri } }))), ['/venv/bin/python', []]);
  const none = 'The Python extension named no environment within 0.02 s.';
  assert.deepEqual(await active(python(() => Promise.resolve({ executable: {} }))), [undefined, [none]]);
  assert.deepEqual(await active(python(() => new Promise(() => undefined))), [undefined, [none]]);
  assert.deepEqual(await active({ activate: () => new Promise(() => undefined) }), [undefined, [none]]);
  const failing = python(() => Promise.reject(new Error('no')));
  assert.deepEqual(await active(failing), [undefined, ['The Python extension failed: Error: no', none]]);
});

void test('a setting may name the home and the folder', () => {
  const found = (setting: string, folder: string | undefined = '/p'): string => expanded(setting, '/home/anna', folder);
  assert.equal(found(' ~/venv/bin/python '), '/home/anna/venv/bin/python');
  assert.equal(found('~'), '/home/anna');
  assert.equal(found('~bob/python'), '~bob/python');
  assert.equal(found('${userHome}/a'), '/home/anna/a');
  assert.equal(found('${workspaceFolder}/.venv/bin/python'), '/p/.venv/bin/python');
  assert.equal(found('${env}/x', '/p$&'), '${env}/x');
  assert.equal(found('${workspaceFolder}/x', '/p$&'), '/p$&/x');
  assert.equal(expanded('${workspaceFolder}/x', '/home/anna', undefined), '${workspaceFolder}/x');
  assert.equal(found(''), '');
});
