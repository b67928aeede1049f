// Builds the one file that ships, dist/extension.js.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from './prepare.mjs';
import { program, root } from './run.mjs';

/** @typedef {import('esbuild').BuildOptions} BuildOptions */

/** @satisfies {BuildOptions} */
const options = {
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: ['vscode'],
  // What axios makes of forms is never used, and brings along a table of all media types.
  alias: { 'form-data': './node_modules/axios/lib/platform/browser/classes/FormData.js' },
  legalComments: 'none',
  logLevel: 'error',
};

/**
 * Builds the extension as it ships: one file that holds its parts as texts, one for what is always needed and one for
 * each `import()`, and what several of them share. A text is not compiled before it is used. As one program of 1.1 MB,
 * 33 ms of each start went into compiling what that start had no use for: of the extension, the worker that packs, the
 * runner of each job, and ssh's helper. A stack names parts; `maps` beside the file, which do not ship, tell their lines.
 *
 * @param {string} [to] where it goes; its own place unless given
 * @returns {Promise<string>} the file
 */
export async function build(to = join(root, 'dist', 'extension.js')) {
  await buildParts(to);
  return to;
}

/**
 * The same.
 *
 * @param {string} to
 * @returns {Promise<import('esbuild').Metafile>} which source files went into it
 */
export async function buildParts(to) {
  const esbuild = await import('esbuild');
  const maps = join(dirname(to), 'maps');
  await rm(maps, { recursive: true, force: true });
  await mkdir(maps, { recursive: true });
  // Only modules can be split, so what comes out is made to CommonJS part by part.
  const { outputFiles, metafile } = await esbuild.build({
    ...options,
    metafile: true,
    format: 'esm',
    splitting: true,
    outdir: dirname(to),
    write: false,
    minify: true,
    sourcemap: 'inline',
    sourcesContent: false,
  });
  const parts = await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const { code, map } = await esbuild.transform(text, {
        format: 'cjs',
        platform: 'node',
        target: 'node20',
        minify: true,
        sourcemap: 'external',
        sourcesContent: false,
        supported: { 'dynamic-import': false }, // code compiled from a text has none
      });
      await writeFile(join(maps, `${basename(path)}.map`), map);
      return /** @type {const} */ ([basename(path), code]);
    }),
  );
  const { head, lines } = withParts(parts);
  const { code } = await esbuild.transform(head, { minify: true });
  await writeFile(to, `${code}${lines}`);
  return metafile;
}

/**
 * A program that loads these parts when they are asked for, and the comments behind it that hold them, each a line.
 * Compilers pass over comments four times as quickly as over the same characters in strings.
 *
 * @param {readonly (readonly [name: string, text: string])[]} parts
 */
function withParts(parts) {
  let lines = '';
  const places = parts.map(([name, text]) => {
    // One byte for each character, and none that ends a line.
    const json = JSON.stringify(text).replace(
      /[^ -~]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    const from = lines.length + '//'.length;
    lines += `//${json}\n`;
    return [name, [from, from + json.length]];
  });
  const head = `'use strict';
const { readFileSync } = require('node:fs');
const { compileFunction } = require('node:vm');
const places = ${JSON.stringify(Object.fromEntries(places))};
// Read once: what is on the disk may be another version later.
const file = readFileSync(__filename);
const start = file.length - ${String(lines.length)};
const loaded = new Map();
function load(name) {
  const place = places[name.replace('./', '')];
  if (place === undefined) return require(name);
  const known = loaded.get(name);
  if (known) return known.exports;
  const part = { exports: {} };
  loaded.set(name, part);
  const text = JSON.parse(file.toString('latin1', start + place[0], start + place[1]));
  const options = { filename: __filename + '/' + name.replace('./', '') };
  compileFunction(text, ['exports', 'require', 'module'], options)(part.exports, load, part);
  return part.exports;
}
module.exports = load('./main.js');
`;
  return { head, lines };
}

/** Builds the extension as one program with its map, to be looked at while it runs. @param {string} to */
async function buildForDebugging(to = join(root, 'dist', 'extension.js')) {
  const esbuild = await import('esbuild');
  await esbuild.build({ ...options, format: 'cjs', sourcemap: true, outfile: to });
  return to;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void program(async () => {
    await ensurePackages();
    console.log(await (process.argv.includes('--debug') ? buildForDebugging() : build()));
    return 0;
  });
}
