import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fixScriptFile,
  formatScriptFix,
  fixScript,
  type ScriptFix,
} from '../../../../src/backends/local/scriptFixes.js';

describe('normalizing a shell script', () => {
  const cases: readonly (readonly [
    name: string,
    text: string,
    mended: string,
    mendings: readonly ScriptFix[],
  ])[] = [
    ['a.sh', 'echo a\necho b\n', 'echo a\necho b\n', []],
    ['a.sh', 'echo a\r\necho b\r\n', 'echo a\necho b\n', ['lineEnds']],
    ['a.sh', 'echo a\necho b\r\n', 'echo a\necho b\n', ['lineEnds']],
    ['a.bash', '\uFEFFecho a\n', 'echo a\n', ['bom']],
    ['tool', '\uFEFF#!/bin/sh\r\necho a\r\n', '#!/bin/sh\necho a\n', ['bom', 'lineEnds']],
    ['tool', '\r\n \n#!/bin/sh\necho a\n', '#!/bin/sh\necho a\n', ['lineEnds', 'firstLine']],
    ['a.sh', 'printf "a\rb"\n', 'printf "a\rb"\n', []],
    ['deep/er/a.SH', 'echo a\r\n', 'echo a\n', ['lineEnds']],
    ['a.awk', '#!/usr/bin/awk -f\r\n{ print }\r\n', '#!/usr/bin/awk -f\n{ print }\n', ['lineEnds']],
    ['a.sh', '\n#!/bin/sh\necho a\n', '\n#!/bin/sh\necho a\n', []],
    ['', '', '', []],
  ];
  for (const [name, text, mended, mendings] of cases)
    it(`makes ${JSON.stringify(mended)} of ${JSON.stringify(text)} in ${name || 'an unnamed file'}`, () => {
      assert.deepEqual(fixScript(name, text), { text: mended, mendings });
      assert.deepEqual(fixScript(name, mended).mendings, [], 'nothing is left to fix');
    });

  for (const name of ['a.py', 'a.jl', 'a.R', 'a.js', 'a.mjs', 'a.cjs', 'a.BAT', 'a.cmd', 'a.ps1'])
    it(`leaves ${name} unchanged`, () => {
      const text = '\uFEFFprint(1)\r\n';
      assert.deepEqual(fixScript(name, text), { text, mendings: [] });
    });

  it('reports each change in a sentence', () => {
    for (const mending of ['bom', 'lineEnds', 'firstLine'] as const)
      assert.match(formatScriptFix(mending), /^[A-Z][a-z].*(ed|d) .*\.$|^Byte order mark removed\.$/);
  });

  it('changes nothing else in a file in any encoding, and keeps its mode', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'batch-jobs-mending-'));
    try {
      const path = join(folder, 'a.sh');
      const bytes = (text: string): Buffer => Buffer.concat([Buffer.of(0xff, 0xe9, 0x80), Buffer.from(text)]);
      await writeFile(path, bytes(' é\r\necho b\r\n'));
      await chmod(path, 0o751);
      await fixScriptFile(path, 'a.sh');
      assert.deepEqual(await readFile(path), bytes(' é\necho b\n'));
      assert.equal((await stat(path)).mode & 0o777, 0o751);
      await writeFile(path, Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from('echo é\n')]));
      await fixScriptFile(path, 'a.sh');
      assert.equal(await readFile(path, 'utf8'), 'echo é\n');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
