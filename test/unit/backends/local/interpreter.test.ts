import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveInterpreter } from '../../../../src/backends/local/interpreter.js';
import { parseInterpreters } from '../../../../src/backends/local/settings.js';
import { JobError, type JobProblem } from '../../../../src/core/domain/problem.js';

const problemOf = async (work: Promise<unknown>): Promise<JobProblem> => {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof JobError, String(error));
    return error.problem;
  }
  assert.fail('nothing was thrown');
};

const isWindows = process.platform === 'win32';

describe('the interpreter of a script', () => {
  let folder: string;
  /** The path of the program with this name. */
  const at = (name: string): string => join(folder, isWindows ? `${name}.exe` : name);
  const program = (name: string): Promise<void> => writeFile(at(name), '#!/bin/sh\n', { mode: 0o755 });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-programs-'));
  });
  afterEach(() => rm(folder, { recursive: true, maxRetries: 5 }));

  it('is selected by extension, in any case', async () => {
    const names = {
      'a.jl': 'julia',
      'b.py': isWindows ? 'python' : 'python3',
      'c.R': 'Rscript',
      'd.sh': 'bash',
      'e.js': 'node',
      'f.MJS': 'node',
    };
    await Promise.all([...new Set(Object.values(names))].map(program));
    for (const [script, tool] of Object.entries(names)) {
      assert.deepEqual(
        await resolveInterpreter(script, '', {}, folder),
        { program: at(tool), args: [] },
        script,
      );
    }
  });

  it('is the configured one if there is one', async () => {
    await program('pypy');
    const set = parseInterpreters({ '.PY': [at('pypy'), '-O'], lua: ['pypy'] });
    assert.deepEqual(await resolveInterpreter('fit.py', '', set, undefined), {
      program: at('pypy'),
      args: ['-O'],
    });
    assert.deepEqual(await resolveInterpreter('fit.lua', '', set, folder), { program: at('pypy'), args: [] });
  });

  it('comes from the first line for other extensions', async () => {
    await program('tool');
    const lines: readonly (readonly [string, readonly string[]])[] = [
      [`#!${at('tool')}`, []],
      [`#! ${at('tool')} -a b \r\nrest`, ['-a b']],
      ['#!/usr/bin/env tool\nrest', []],
      ['#!/usr/bin/env -S tool -a b', ['-a', 'b']],
    ];
    for (const [line, args] of lines) {
      assert.deepEqual(
        await resolveInterpreter('script', line, {}, folder),
        { program: at('tool'), args },
        line,
      );
    }
  });

  it('is reported as missing by name before anything runs', async () => {
    assert.deepEqual(await problemOf(resolveInterpreter('dir/sweep.py', '', {}, folder)), {
      kind: 'missingTool',
      tool: isWindows ? 'python' : 'python3',
      for: 'sweep.py',
    });
    assert.deepEqual(await problemOf(resolveInterpreter('x', '#!/nowhere/tool', {}, folder)), {
      kind: 'missingTool',
      tool: isWindows ? 'tool' : '/nowhere/tool',
      for: 'x',
    });
  });

  it('is unknown for a file without a known extension or first line', async () => {
    for (const name of ['data', 'data.xyz', '.py', 'a.constructor', 'a.__proto__']) {
      assert.deepEqual(await problemOf(resolveInterpreter(name, 'echo hello', {}, folder)), {
        kind: 'noInterpreter',
        script: name,
      });
    }
  });
});

describe('the interpreters setting', () => {
  it('is rejected with the name of the invalid entry', async () => {
    for (const wrong of [
      'python3',
      { '.py': 'python3' },
      { '.py': [] },
      { '.py': [''] },
      { '.py': ['a', 1] },
    ]) {
      const problem = await problemOf((async () => parseInterpreters(wrong))());
      assert.ok(problem.kind === 'badSetting');
      if (typeof wrong === 'object') assert.match(problem.why, /"\.py"/);
    }
  });

  it('can be missing', () => {
    assert.deepEqual(parseInterpreters(undefined), {});
  });
});
