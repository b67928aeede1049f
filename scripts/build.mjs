// Builds the files that ship: plain JavaScript in dist/.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from './prepare.mjs';
import { program, root } from './run.mjs';

/** @typedef {import('esbuild').BuildOptions} BuildOptions */
/** @typedef {import('esbuild').Metafile} Metafile */

/**
 * Programs that outlive the window, each a self-contained file: an update removes the folder they were
 * started from while they run.
 */
export const programs = /** @type {const} */ (['jobRunner', 'askpass']);

/** The build folder of this project. */
const dist = join(root, 'dist');

/** @satisfies {BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: ['vscode'],
  alias: {
    // axios's form support is unused and brings in a table of all media types.
    'form-data': './node_modules/axios/lib/platform/browser/classes/FormData.js',
    // Version 4 is a copy of Node's own streams; lazystream keeps the version 2 that it depends on.
    'readable-stream': 'node:stream',
    'readable-stream/passthrough': './node_modules/lazystream/node_modules/readable-stream/passthrough.js',
  },
  legalComments: 'none',
  logLevel: 'error',
};

/**
 * The extension and its worker thread. No file is named `extension.js`: version 0.1.0 ran jobs with a file of
 * that name, and jobs still queued must not start with one that runs none.
 *
 * @satisfies {BuildOptions}
 */
const extensionEntries = {
  entryPoints: { main: 'src/extension.ts', bundleWorker: 'src/programs/bundleWorker.ts' },
};

/** @satisfies {BuildOptions} */
const programEntries = {
  entryPoints: Object.fromEntries(programs.map((name) => [name, `src/programs/${name}.ts`])),
};

/** Minification options. The source maps are in `maps`, which does not ship. */
const small = /** @satisfies {BuildOptions} */ ({
  minify: true,
  sourcesContent: false,
});

/**
 * Builds the extension as it ships: `main.js` with the code that is always needed, a file in `chunks` for
 * each `import()` and for shared code, and the {@link programs}. All are CommonJS modules, which load faster
 * than ES modules and always get VS Code's `http`, `https`, `net` and `tls`, which know its proxy and
 * certificates: docs/performance.md.
 *
 * @param {string} [to] an empty folder or an earlier build
 * @returns {Promise<readonly Metafile[]>} with the source files used
 */
export async function build(to = dist) {
  const esbuild = await import('esbuild');
  await rm(to, { recursive: true, force: true });
  const extension = esbuild.build({
    ...common,
    ...extensionEntries,
    ...small,
    format: 'esm', // only ES modules can be split
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    sourcemap: 'inline',
    metafile: true,
    write: false,
    outdir: to,
  });
  const modules = (await extension).outputFiles.map(async ({ path, text }) => {
    const { code, map } = await esbuild.transform(text, {
      ...small,
      format: 'cjs',
      target: 'node20',
      supported: { 'dynamic-import': false }, // a `require` that VS Code can intercept
      sourcemap: 'external',
    });
    await write(to, relative(to, path), code, map);
  });
  const built = await buildPrograms(to);
  await Promise.all(modules);
  return [(await extension).metafile, built];
}

/**
 * Builds only the {@link programs}.
 *
 * @param {string} to output folder
 * @returns {Promise<Metafile>} with the source files used
 */
export async function buildPrograms(to) {
  const esbuild = await import('esbuild');
  const { outputFiles, metafile } = await esbuild.build({
    ...common,
    ...programEntries,
    ...small,
    format: 'cjs',
    sourcemap: 'external',
    metafile: true,
    write: false,
    outdir: to,
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [relative(to, path), text]));
  for (const [path, text] of texts)
    if (!path.endsWith('.map')) await write(to, path, text, texts.get(`${path}.map`) ?? '');
  return metafile;
}

/**
 * Writes a file and its source map.
 *
 * @param {string} to
 * @param {string} path
 * @param {string} code
 * @param {string} map
 */
async function write(to, path, code, map) {
  const mapPath = join(to, 'maps', `${path}.map`);
  for (const folder of [dirname(join(to, path)), dirname(mapPath)]) await mkdir(folder, { recursive: true });
  await Promise.all([writeFile(join(to, path), code), writeFile(mapPath, map)]);
}

/** Builds the same files unsplit and with source maps, for a debugger. */
async function buildForDebugging() {
  const esbuild = await import('esbuild');
  await rm(dist, { recursive: true, force: true });
  for (const entries of [extensionEntries, programEntries])
    await esbuild.build({ ...common, ...entries, format: 'cjs', sourcemap: true, outdir: dist });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void program(async () => {
    await ensurePackages();
    await (process.argv.includes('--debug') ? buildForDebugging() : build());
    console.log(dist);
    return 0;
  });
}
