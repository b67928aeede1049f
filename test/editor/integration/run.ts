// Runs the tests of this folder inside VS Code's extension host, with the extension as it ships: unpacked
// from the .vsix, not built separately.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../harness/browser.js';
import { packedExtension } from '../harness/packed.js';
import { startServer, type EditorServer } from '../harness/server.js';
import { putEndedJob } from '../harness/spool.js';
import { installVsix } from '../launch.mjs';
import { chosenServer, setupServer } from '../setup.mjs';

/** Timeout for all tests together, in milliseconds. */
const patienceMs = 180_000;

/**
 * Inside the project, so that the bundled tests find mocha; one per VS Code, because both can run
 * concurrently.
 */
const folder = fileURLToPath(new URL(`../../../.cache/integration/${chosenServer()}/`, import.meta.url));

async function main(): Promise<number> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tests = await bundleTests();
  const report = join(folder, 'report.txt');
  const extension = await unpack();
  const server = await startServer({
    vsix: [],
    driven: true,
    files: { 'hello.py': 'print("hi")\n' },
    settings: { 'batchJobs.local.keepJobs': 0, 'batchJobs.local.keepDays': 0 },
    env: { TEST_REPORT: report },
  });
  for (let index = 1; index <= 500; index++) putEndedJob(server, { name: `old${index}.py` });
  const browser = await launchBrowser();
  try {
    const code = await runInHost(await browser.newPage(), server, extension, tests);
    process.stdout.write(
      existsSync(report) ? readFileSync(report, 'utf8') : `No test ran.\n${server.log()}\n`,
    );
    return code;
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function bundleTests(): Promise<string> {
  const outfile = join(folder, 'index.cjs');
  await build({
    entryPoints: [fileURLToPath(new URL('index.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  return outfile;
}

/** The folder into which VS Code installs the packed extension. */
async function unpack(): Promise<string> {
  const place = { user: join(folder, 'user'), extensions: join(folder, 'extensions') };
  await installVsix(await setupServer(), place, packedExtension());
  const name = readdirSync(place.extensions).find((one) => one.startsWith('batch-jobs.batch-jobs-'));
  if (name === undefined) throw new Error(`the packed extension was not installed into ${place.extensions}`);
  return join(place.extensions, name);
}

/** Source: VS Code's `browser` automation: a page's `payload` names both, `codeAutomationExit` takes the result. */
async function runInHost(
  page: Page,
  server: EditorServer,
  extension: string,
  tests: string,
): Promise<number> {
  const timeout = AbortSignal.timeout(patienceMs);
  const done = new Promise<number>((resolve, reject) => {
    timeout.addEventListener('abort', () => {
      reject(new Error(`the tests in the extension host did not finish within ${patienceMs / 1000} s`));
    });
    void page.exposeFunction('codeAutomationLog', () => undefined);
    void page.exposeFunction('codeAutomationExit', resolve);
  });
  const remote = (path: string): string => `vscode-remote://${new URL(server.url).host}${path}`;
  const payload = JSON.stringify([
    ['extensionDevelopmentPath', remote(extension)],
    ['extensionTestsPath', remote(tests)],
  ]);
  await page.goto(`${server.folderUrl()}&payload=${encodeURIComponent(payload)}`);
  return done;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
