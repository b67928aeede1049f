import assert from 'node:assert/strict';
import { SourceMap } from 'node:module';
import { transformSync } from 'esbuild';
import { readableStack } from '../../../scripts/stack.mjs';

describe('a stack trace of the published extension', () => {
  const source = "export function first() {}\nexport function fail() {\n  throw new Error('no');\n}\n";
  const { code, map } = transformSync(source, {
    minify: true,
    format: 'cjs',
    sourcemap: 'external',
    sourcefile: '../../src/a.ts',
  });
  const column = code.indexOf('throw') + 1;
  const maps = new Map([
    ['chunks/a-1.js', new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0])],
  ]);
  const read = (trace: string): string => readableStack(trace, (path) => maps.get(path));

  it('names the lines of the source', () => {
    const at = `    at t (/home/a b/ext/dist/chunks/a-1.js:1:${String(column)})\n`;
    assert.equal(read(`Error: no\n${at}`), 'Error: no\n    at t (src/a.ts:3:3)\n');
    assert.equal(read(`at C:\\ext\\dist\\chunks\\a-1.js:1:${String(column)}`), 'at src/a.ts:3:3');
  });

  it('keeps positions of other programs unchanged', () => {
    const trace = 'at a (node:fs:1:2)\nat b (/c/dist/chunks/b-1.js:1:2)\nat d (/c/dist/main.js:9:9)\n';
    assert.equal(read(trace), trace);
  });
});
