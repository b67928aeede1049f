// Copies the project with all TypeScript also as JavaScript, for a Node that cannot run tsx.
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../scripts/run.mjs';

/** Useless for tests, or generated. */
const left = new Set(['.git', 'node_modules', 'dist', 'demo', '.cache', 'artifacts']);

/**
 * @param {string} tree the folder to create
 * @param {string | undefined} esbuild a package that replaces esbuild in tests and scripts; undefined: the usual one
 */
export async function makeTree(tree, esbuild) {
  cpSync(root, tree, {
    recursive: true,
    filter: (path) => !left.has(basename(path)) && !path.endsWith('.vsix'),
  });
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction');
  // Like tsx: the project's package does not specify the module type.
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
 * Writes a module `vscode` that exports the fake of test/fakes/vscode.ts: tsx replaces the import at load
 * time, which Node itself does not.
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
