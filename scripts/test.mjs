// Runs all checks of the project in order, stopping at the first step that fails:
//   npm test                        all checks
//   npm test -- --oldest            and the smoke tests in the oldest VS Code supported
//   npm run test:quick              format, lint, types and unit tests
//   npm test -- --contract          only the contract tests
//   npm test -- --smoke             only the smoke tests in the oldest VS Code
//   npm test -- --editor            only the tests in VS Code
//   npm test -- --editor test/editor/tree.test.ts    only these files
//   npm test -- --editor --server server-oldest      in the oldest VS Code supported instead of the newest
// test/lanes.mjs defines which tests run concurrently.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chosenServer, setupServer } from '../test/editor/setup.mjs';
import { grepOf, smokeTests } from '../test/editor/smoke.mjs';
import { listContractLanes, listEditorLanes, listUnitFiles } from '../test/lanes.mjs';
import { ensureChromium } from './chromium.mjs';
import { packExtension } from './package.mjs';
import { ensurePackages } from './prepare.mjs';
import { program, root, Stop, tool } from './run.mjs';
import { runSideBySide } from './sideBySide.mjs';
import { maxRetried, sumTallies, tallyLines } from './tallies.mjs';

/** @typedef {{ readonly title: string, readonly run: () => Promise<boolean>, readonly advice: string }} Step */
/** @typedef {import('./sideBySide.mjs').Part} Part */
/** @typedef {import('../test/editor/setup.mjs').ServerName} ServerName */

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    contract: { type: 'boolean' },
    editor: { type: 'boolean' },
    oldest: { type: 'boolean' },
    smoke: { type: 'boolean' },
    server: { type: 'string' },
  },
});
if (options.server !== undefined) process.env['EDITOR_SERVER'] = options.server;

/** Maximum number of concurrent processes: tests of engines mostly wait, those in a browser hardly do. */
const maxRunning = { checks: 2, contract: 2 * availableParallelism() + 1, editor: availableParallelism() };

/** Rejects tests disabled by `only` or `skip`, and runs without tests. */
const strict = ['--forbid-only', '--forbid-pending', '--fail-zero'];

/**
 * On a busy machine, a process may start late, a job may finish between two polls, or a click may be lost: a
 * failed test is retried once. The run ends with a list of them, and fails if there are many.
 */
const retries = ['--retries', '1'];

/** @param {...string} args @returns {readonly string[]} Node's arguments to run mocha */
const mocha = (...args) => [
  tool('mocha/bin/mocha.js'),
  '--reporter',
  join(root, 'scripts', 'tally.mjs'),
  ...strict,
  ...retries,
  ...args,
];

/** @param {import('../test/lanes.mjs').Lane} lane @returns {Part} */
const toPart = ({ name, files }) => ({ name, args: mocha(...files) });

const format = ['--check', '--log-level=warn', '--cache', '--cache-location', '.cache/prettier', '.'];
const types = ['--noEmit', '--incremental', '--tsBuildInfoFile', '.cache/types.tsbuildinfo'];

/** @returns {readonly Step[]} */
function quickSteps() {
  const { concurrent, timed } = listUnitFiles();
  return [
    {
      title: 'Format, lint, types, unit',
      run: () => allPass(checks(concurrent), maxRunning.checks),
      advice: 'See the parts that failed above.',
    },
    {
      title: 'Unit tests that measure time',
      run: () => allPass([toPart({ name: 'Timed', files: timed })], 1),
      advice: 'See the failed tests above.',
    },
  ];
}

/** @param {readonly string[]} unitFiles @returns {readonly Part[]} */
const checks = (unitFiles) => [
  { name: 'Unit', args: mocha('--parallel', '--jobs', '3', ...unitFiles) },
  { name: 'Lint', args: [tool('eslint/bin/eslint.js'), '--max-warnings=0', '.'] },
  { name: 'Unused code: knip.json lists the entry points', args: [tool('knip/bin/knip.js')] },
  { name: 'Names: npm run names -- --list', args: ['scripts/names.mjs'] },
  { name: 'Types', args: [tool('typescript/bin/tsc'), ...types] },
  { name: 'Format: run "npm run format" to fix it', args: [tool('prettier/bin/prettier.cjs'), ...format] },
];

/** @returns {readonly Step[]} */
function contractSteps() {
  const lanes = listContractLanes();
  const partsOf = (/** @type {boolean} */ isTimed) =>
    lanes.filter((lane) => Boolean(lane.isTimed) === isTimed).map(toPart);
  return [
    {
      title: 'Contract',
      run: () => allPass(partsOf(false), maxRunning.contract),
      advice: 'See the parts that failed above.',
    },
    {
      title: 'Contract tests that measure time',
      run: () => allPass(partsOf(true), 1),
      advice: 'See the failed tests above.',
    },
  ];
}

/** @type {readonly Step[]} */
const editor = [
  {
    title: 'Package',
    run: async () => Boolean(await packExtension()),
    advice: 'See the errors above.',
  },
  {
    title: 'VS Code and Chromium',
    run: async () => {
      await setupServer();
      if (options.oldest || options.smoke) await setupServer('server-oldest');
      return Boolean(await ensureChromium());
    },
    advice: 'See the errors above.',
  },
  {
    title: 'Editor',
    run: () => allPass(editorParts(), maxRunning.editor),
    advice: 'Pictures and logs of the failures are in test/editor/artifacts.',
  },
];

/** @returns {readonly Part[]} */
function editorParts() {
  if (files.length > 0) return files.map((file) => toPart({ name: basename(file), files: [file] }));
  if (options.smoke) return smokeParts();
  const newest = listEditorLanes().map(toPart);
  return [...newest, extensionHost(chosenServer()), ...(options.oldest ? smokeParts() : [])];
}

/** @returns {readonly Part[]} */
const smokeParts = () => [
  ...Object.entries(smokeTests).map(([file, titles]) => ({
    name: `${file} in server-oldest`,
    args: mocha('--grep', grepOf(titles), `test/editor/${file}`),
    env: { EDITOR_SERVER: 'server-oldest', MOCHA_EXPECTED: String(titles.length) },
  })),
  extensionHost('server-oldest'),
];

/** @param {ServerName} server @returns {Part} */
const extensionHost = (server) => ({
  name: `Extension host (${server})`,
  args: ['--import', 'tsx', 'test/editor/integration/run.ts'],
  env: { EDITOR_SERVER: server },
});

/** @param {readonly Part[]} parts @param {number} most */
async function allPass(parts, most) {
  const failed = await runSideBySide(parts, most);
  if (failed.length > 0) console.log(`\nFailed: ${failed.join('; ')}`);
  return failed.length === 0;
}

/** @returns {readonly Step[]} */
function chosenSteps() {
  if (options.quick) return quickSteps();
  if (options.contract) return contractSteps();
  return options.editor || options.smoke ? editor : [...quickSteps(), ...contractSteps(), ...editor];
}

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
    `\n== ${title}: ${good ? 'done' : 'failed'} after ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
  if (!good) console.log(`Stopped at "${title}". ${why}`);
  return good;
}

void program(async () => {
  await ensurePackages();
  const folder = mkdtempSync(join(tmpdir(), 'bj-tally-'));
  try {
    const file = join(folder, 'tally');
    process.env['MOCHA_TALLY'] = file;
    let good = true;
    for (const step of chosenSteps()) {
      good = await passes(step);
      if (!good) break;
    }
    const tally = sumTallies(file);
    console.log(tallyLines(tally).join('\n'));
    return good && tally.failed === 0 && tally.retried.length <= maxRetried ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
