// Makes a copy of the project in which all TypeScript stands as JavaScript too, for a Node that cannot run tsx.
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../scripts/run.mjs';

/** Of no use to a test, or made by programs. */
const left = new Set(['.git', 'node_modules', 'dist', 'demo', '.cache', 'artifacts']);

/**
 * @param {string} tree the folder to make
 * @param {string | undefined} esbuild a package that tests and scripts get for esbuild; undefined: the usual one
 */
export async function makeTree(tree, esbuild) {
  cpSync(root, tree, {
    recursive: true,
    filter: (path) => !left.has(basename(path)) && !path.endsWith('.vsix'),
  });
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction');
  // As tsx takes them: the package of the project says nothing of its files.
  for (const folder of ['src', 'test', 'scripts'])
    writeFileSync(join(tree, folder, 'package.json'), '{ "type": "module" }\n');
  if (esbuild !== undefined)
    for (const folder of ['test', 'scripts']) {
      mkdirSync(join(tree, folder, 'node_modules'));
      symlinkSync(esbuild, join(tree, folder, 'node_modules', 'esbuild'), 'junction');
    }
  const entryPoints = ['src', 'test', 'scripts'].flatMap((folder) => scriptsBelow(join(tree, folder)));
  makeVscode(tree);
  await build({
    entryPoints,
    outdir: tree,
    outbase: tree,
    format: 'esm',
    target: 'node20',
    supported: { 'import-attributes': true },
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'error',
  });
}

/** @param {string} folder @returns {readonly string[]} */
const scriptsBelow = (folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && !name.includes('node_modules'))
    .map((name) => join(folder, name));

/**
 * A module `vscode` that is the fake of test/fakes/vscode.ts: there, what is imported is replaced while it is loaded as tsx
 * does, which Node itself does not.
 *
 * @param {string} tree
 */
function makeVscode(tree) {
  const text = scriptsBelow(join(tree, 'src'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  const names = new Set([...text.matchAll(/\bvscode\.(\w+)/g)].map(([, name]) => name));
  const folder = join(tree, 'src', 'node_modules', 'vscode');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "exports": "./index.js" }\n');
  writeFileSync(
    join(folder, 'index.js'),
    [...names].map((name) => `export const ${name} = globalThis.fakeVscode.${name};\n`).join(''),
  );
}
