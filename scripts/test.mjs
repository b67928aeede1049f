// Everything that checks the project, in order, stopping at the first step that fails:
//   npm test                        all of it
//   npm run test:quick              without VS Code
//   npm test -- --editor            only the tests in VS Code; paths of test files may follow
//   npm test -- --server server-oldest    in the oldest VS Code supported instead of the newest
import { mkdtempSync, readFileSync, existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chosenServer, setupServer } from '../test/editor/setup.mjs';
import { ensureChromium } from './chromium.mjs';
import { packExtension } from './package.mjs';
import { ensurePackages } from './prepare.mjs';
import { node, program, root, Stop, tool } from './run.mjs';

/** @typedef {{ readonly title: string, readonly run: () => Promise<boolean>, readonly advice: string }} Step */
/** @typedef {{ passed: number, failed: number }} Tally */

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' }, editor: { type: 'boolean' }, server: { type: 'string' } },
});
if (options.server !== undefined) process.env['EDITOR_SERVER'] = options.server;

/** @param {Parameters<typeof tool>[0]} path @param {...string} args */
const succeeds = async (path, ...args) => (await node([tool(path), ...args])).code === 0;

/** No test is left out, by `only` or `skip`, and a run without tests is no success. */
const strict = ['--forbid-only', '--forbid-pending', '--fail-zero'];

/** @param {string} tally @param {...string} tests */
async function mocha(tally, ...tests) {
  const reporter = join(root, 'scripts', 'tally.mjs');
  const args = [tool('mocha/bin/mocha.js'), '--reporter', reporter, ...strict, ...tests];
  return (await node(args, { env: { ...process.env, MOCHA_TALLY: tally } })).code === 0;
}

/**
 * For tests with clusters, networks and browsers on a machine that may be busy, where a job may end between two looks or
 * a click be lost: what fails is tried once more, and both are told.
 */
const secondTry = ['--retries', '1'];

/** @param {string} tally @returns {readonly Step[]} */
const quickSteps = (tally) => [
  {
    title: 'Format',
    run: () => succeeds('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'),
    advice: '"npm run format" writes these files as they should be.',
  },
  {
    title: 'Lint',
    run: async () =>
      (await succeeds('eslint/bin/eslint.js', '--max-warnings=0', '.')) &&
      (await succeeds('knip/bin/knip.js')),
    advice: 'See the rules in eslint.config.mjs; knip.json says where the code begins that is used.',
  },
  { title: 'Types', run: () => succeeds('typescript/bin/tsc', '--noEmit'), advice: 'See the errors above.' },
  { title: 'Unit', run: () => mocha(tally, 'test/unit/**/*.test.ts'), advice: 'See the failures above.' },
  {
    title: 'Contract',
    run: () => mocha(tally, ...secondTry, 'test/contract/**/*.test.ts'),
    advice: 'See the failures above.',
  },
];

/** @param {string} tally @returns {readonly Step[]} */
const editorSteps = (tally) => [
  {
    title: 'Package',
    run: async () => Boolean(await packExtension()),
    advice: 'See the errors above.',
  },
  {
    title: `VS Code (${chosenServer()}) and Chromium`,
    run: async () => Boolean((await setupServer()).vscode && (await ensureChromium())),
    advice: 'See the errors above.',
  },
  {
    title: 'Editor',
    run: () => mocha(tally, ...secondTry, ...(files.length > 0 ? files : ['test/editor/*.test.ts'])),
    advice: 'Pictures and logs of the failures are in test/editor/artifacts.',
  },
  ...(files.length > 0 ? [] : [integration(tally)]),
];

/** @param {string} tally @returns {Step} */
const integration = (tally) => ({
  title: 'Extension host',
  run: async () =>
    (
      await node(['--import', 'tsx', 'test/editor/integration/run.ts'], {
        env: { ...process.env, MOCHA_TALLY: tally },
      })
    ).code === 0,
  advice: 'See the failures above.',
});

/** @param {string} tally */
const stepsOf = (tally) => {
  if (options.quick) return quickSteps(tally);
  return options.editor ? editorSteps(tally) : [...quickSteps(tally), ...editorSteps(tally)];
};

/** @param {Step} step */
async function passes({ title, run, advice }) {
  console.log(`\n== ${title}`);
  const started = Date.now();
  let good = false;
  let why = advice;
  try {
    good = await run();
  } catch (error) {
    why = error instanceof Stop ? error.message : String(error);
  }
  console.log(
    `== ${title}: ${good ? 'done' : 'failed'} after ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
  if (!good) console.log(`Stopped at "${title}". ${why}`);
  return good;
}

/** @param {string} file @returns {Tally} the numbers of all mocha runs together */
function sum(file) {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const tallies = lines.map((line) => /** @type {Tally} */ (JSON.parse(line)));
  const add = (/** @type {keyof Tally} */ key) => tallies.reduce((all, tally) => all + tally[key], 0);
  return { passed: add('passed'), failed: add('failed') };
}

void program(async () => {
  await ensurePackages();
  const folder = mkdtempSync(join(tmpdir(), 'bj-tally-'));
  try {
    const tally = join(folder, 'tally');
    let good = true;
    for (const step of stepsOf(tally)) {
      good = await passes(step);
      if (!good) break;
    }
    const { passed, failed } = sum(tally);
    console.log(`${passed} passed, ${failed} failed`);
    return good && failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
