import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { build, programs } from '../../../scripts/build.mjs';

/** The modules that a CommonJS file loads. */
const requiredBy = (text: string): readonly string[] =>
  [...text.matchAll(/\brequire\(["']([^"']+)["']\)/g)].map(([, name = '']) => name);

const isBuiltin = (name: string): boolean => builtinModules.includes(name.replace(/^node:/, ''));

describe('the build', () => {
  const dist = mkdtempSync(join(tmpdir(), 'batch-jobs-build-'));
  const textOf = (path: string): string => readFileSync(join(dist, path), 'utf8');
  before(() => build(dist));
  after(() => {
    rmSync(dist, { recursive: true });
  });

  const files = (): readonly string[] =>
    readdirSync(dist, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => name.endsWith('.js'));

  it('builds each program that outlives the extension as a single file', () => {
    for (const name of programs) {
      const text = textOf(`${name}.js`);
      assert.ok(requiredBy(text).length > 0, name);
      assert.deepEqual(
        requiredBy(text).filter((module) => !isBuiltin(module)),
        [],
        name,
      );
    }
  });

  it('loads all modules with require, which VS Code intercepts for its proxy', () => {
    assert.ok(files().length > 20);
    for (const file of files()) {
      assert.doesNotMatch(textOf(file), /\bimport\(/, file);
      // Compiled as a script, which cannot have `import` and `export`.
      assert.doesNotThrow(() => new Script(textOf(file)), file);
    }
    const network = files().filter((file) =>
      requiredBy(textOf(file)).some((name) => /^(node:)?https$/.test(name)),
    );
    assert.ok(network.length > 0);
  });

  it('contains no file that version 0.1.0 started jobs with', () => {
    assert.deepEqual(
      files()
        .filter((name) => !name.includes('/'))
        .sort(),
      ['bundleWorker.js', 'main.js', ...programs.map((name) => `${name}.js`)].sort(),
    );
  });

  it('contains a source map for each file', () => {
    for (const file of files()) assert.ok(existsSync(join(dist, 'maps', `${file}.map`)), file);
  });
});
