// Builds what ships: plain JavaScript files in dist/.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages } from './prepare.mjs';
import { program, root } from './run.mjs';

/** @typedef {import('esbuild').BuildOptions} BuildOptions */
/** @typedef {import('esbuild').Metafile} Metafile */

/**
 * The programs that outlive the window, each one file that loads no other: an update removes the folder they were started
 * from while they run.
 */
export const programs = /** @type {const} */ (['jobRunner', 'askpass']);

/** The folder of what is built for this project. */
const dist = join(root, 'dist');

/** @satisfies {BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: ['vscode'],
  alias: {
    // What axios makes of forms is never used, and brings along a table of all media types.
    'form-data': './node_modules/axios/lib/platform/browser/classes/FormData.js',
    // Node's own streams, of which version 4 is a copy; lazystream goes on with the version 2 that it brings.
    'readable-stream': 'node:stream',
    'readable-stream/passthrough': './node_modules/lazystream/node_modules/readable-stream/passthrough.js',
  },
  legalComments: 'none',
  logLevel: 'error',
};

/**
 * The extension and its worker thread. There is no `extension.js`: version 0.1.0 ran jobs with a file of that name, and
 * jobs that wait must not be started with one that runs none.
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

/** What makes the files small. A source map for each is in `maps`, which does not ship. */
const small = /** @satisfies {BuildOptions} */ ({
  minify: true,
  sourcesContent: false,
});

/**
 * Builds the extension as it ships: `main.js` with what is always needed, a file in `chunks` for each `import()` and for
 * what several of them share, and the {@link programs}. All are CommonJS modules, which start sooner than ES modules
 * and always get VS Code's `http`, `https`, `net` and `tls`, which know its proxy and certificates: docs/performance.md.
 *
 * @param {string} [to] an empty folder, or one that was built to before
 * @returns {Promise<readonly Metafile[]>} which source files went into it
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
      supported: { 'dynamic-import': false }, // a `require`, which VS Code sees
      sourcemap: 'external',
    });
    await write(to, relative(to, path), code, map);
  });
  const built = await buildPrograms(to);
  await Promise.all(modules);
  return [(await extension).metafile, built];
}

/**
 * Builds the {@link programs} alone.
 *
 * @param {string} to a folder
 * @returns {Promise<Metafile>} which source files went into them
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

/** Writes a file and its map. @param {string} to @param {string} path @param {string} code @param {string} map */
async function write(to, path, code, map) {
  const mapPath = join(to, 'maps', `${path}.map`);
  for (const folder of [dirname(join(to, path)), dirname(mapPath)]) await mkdir(folder, { recursive: true });
  await Promise.all([writeFile(join(to, path), code), writeFile(mapPath, map)]);
}

/** Builds the same files unsplit and with their maps, for a debugger. */
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
