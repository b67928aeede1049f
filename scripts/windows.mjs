// Runs the unit tests and the Local contract tests on Node for Windows: natively on Windows, elsewhere under
// Wine.
//   npm run test:windows                          all of them
//   npm run test:windows -- test/unit/store       only files with this path prefix
// Failed files are retried once, one by one; a test that passes only then is listed, and more than two fail
// the run. Tests that cannot pass are in test/windows/unsupported.json and listed by name; an entry whose
// test passes or does not exist fails the run.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePackages } from './prepare.mjs';
import { program, root, Stop } from './run.mjs';

/** @typedef {import('../test/windows/verdict.mjs').Group} Group */
/** @typedef {import('../test/windows/verdict.mjs').Result} Result */
/** @typedef {import('../test/windows/verdict.mjs').Verdict} Verdict */
/** @typedef {import('../test/windows/setup.mjs').WindowsNode} WindowsNode */

/** If more files than these have failed tests, a second attempt is pointless. */
const maxFilesAgain = 5;

/** More tests that pass only on the second attempt fail the run. */
const maxSecondAttempts = 2;

/** Time limit for the files of one folder, in milliseconds. */
const maxFolderMs = 900_000;

void program(async () => {
  await ensurePackages();
  const { positionals } = parseArgs({ allowPositionals: true });
  const files = chosenFiles(positionals);
  if (files.length === 0) throw new Stop(`No tests found in ${positionals.join(' ')}.`);
  const folder = mkdtempSync(join(tmpdir(), 'batch-jobs-windows-'));
  try {
    return await testOnWindows(folder, files, positionals.length === 0);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

/**
 * @param {readonly string[]} prefixes
 * @returns {readonly string[]} paths relative to the project folder, with `/`
 */
function chosenFiles(prefixes) {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join('test', name.replaceAll('\\', '/')))
    .filter((path) => /^test\/(unit\/.*|contract\/local\w*)\.test\.ts$/.test(path))
    .filter((path) => prefixes.length === 0 || prefixes.some((prefix) => path.startsWith(prefix)))
    .sort();
}

/**
 * @typedef {{ windows: WindowsNode, folder: string, tree: string }} Run where tests run, and the folder for
 *   their files
 */

/** @param {string} folder @param {readonly string[]} files @param {boolean} isWhole @returns {Promise<number>} the exit code */
async function testOnWindows(folder, files, isWhole) {
  const { portableEsbuild, setupWindowsNode } = await import('../test/windows/setup.mjs');
  const { makeTree } = await import('../test/windows/tree.mjs');
  const { judge, wholeFiles } = await import('../test/windows/verdict.mjs');
  const windows = await setupWindowsNode(folder);
  const list = readList();
  const omitted = wholeFiles(list, windows.system).map(({ file }) => file);
  const run = { system: windows.system, files, isWhole };
  const supported = files.filter((file) => !omitted.includes(file));
  console.log(`${windows.version}: ${supported.length} test files`);
  const tree = join(folder, 'tree');
  mkdirSync(tree);
  await makeTree(tree, windows.system === 'wine' ? portableEsbuild : undefined);
  const where = { windows, folder, tree };
  try {
    await start(where);
    const first = await runAll(where, byFolder(supported));
    const verdict = judge(list, first, run);
    const failing = [...new Set(verdict.failed.map(({ file }) => file))].filter((file) =>
      files.includes(file),
    );
    if (failing.length === 0 || failing.length > maxFilesAgain) return report(windows, verdict, files);
    console.log(`\nRetrying one by one: ${failing.join(', ')}`);
    const second = await runAll(
      where,
      failing.map((file) => ({ name: file, paths: [file] })),
      1,
    );
    return report(windows, judge(list, first, { ...run, second }), files);
  } finally {
    await windows.end();
  }
}

/** @returns {readonly Group[]} */
const readList = () => JSON.parse(readFileSync(join(root, 'test/windows/unsupported.json'), 'utf8'));

/** @param {Run} where @param {{ name: string, paths: readonly string[] }[]} waiting @param {number} [together] */
async function runAll(where, waiting, together = Math.min(availableParallelism(), 4)) {
  /** @type {Result[]} */
  const results = [];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      results.push(...(await runFiles(where, next)));
  };
  await Promise.all(Array.from({ length: together }, work));
  return results;
}

/** The first start creates Wine's folder, which two concurrent starts would both do. @param {Run} where */
async function start({ windows, folder, tree }) {
  const output = join(folder, 'start');
  const code = await windows.run({ args: ['--version'], cwd: tree, env: {}, output, maxMs: 120_000 });
  if (code !== 0)
    throw new Stop(`${windows.version} does not start:\n${readFileSync(output, 'utf8').slice(-2000)}`);
}

/**
 * Groups files by folder, contract files one by one, since they take long.
 *
 * @param {readonly string[]} files
 */
function byFolder(files) {
  /** @type {Map<string, string[]>} */
  const folders = new Map();
  for (const file of files) {
    const key = file.startsWith('test/contract/') ? file : posix.dirname(file);
    folders.set(key, [...(folders.get(key) ?? []), file]);
  }
  return [...folders].map(([name, paths]) => ({ name, paths }));
}

/** @param {Run} where @param {{ name: string, paths: readonly string[] }} part */
async function runFiles({ windows, folder, tree }, { name, paths }) {
  const noted = join(folder, `${name.replaceAll('/', '-')}.jsonl`);
  const output = join(folder, `${name.replaceAll('/', '-')}.txt`);
  const wine =
    windows.system === 'wine' ? ['--require', windows.toPath(join(tree, 'test/windows/preload.cjs'))] : [];
  rmSync(noted, { force: true });
  const started = Date.now();
  const code = await windows.run({
    args: [
      '--enable-source-maps',
      ...wine,
      windows.toPath(join(tree, 'node_modules/mocha/bin/mocha.js')),
      ...[
        '--no-config',
        '--no-package',
        '--exit',
        '--timeout',
        '60000',
        '--reporter',
        './test/windows/reporter.mjs',
      ],
      ...paths.map((path) => path.replace(/\.ts$/, '.js')),
    ],
    cwd: tree,
    env: { WINDOWS_RESULTS: windows.toPath(noted) },
    output,
    maxMs: maxFolderMs,
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  const { results, isComplete } = readResults(noted);
  if (!isComplete) {
    const how = code === undefined ? 'timed out' : 'aborted';
    const said = readFileSync(output, 'utf8').trim().slice(-3000);
    const why = `the tests ${how} after ${seconds} s:\n${said}`;
    results.push({ file: name, title: 'the run', state: 'failed', why });
  }
  const count = (/** @type {Result['state']} */ state) => results.filter((one) => one.state === state).length;
  console.log(`${name}: ${count('passed')} of ${count('known')} passed, ${seconds} s`);
  return results;
}

/**
 * The reporter's results, and whether the run was complete.
 *
 * @param {string} file
 * @returns {{ results: Result[], isComplete: boolean }}
 */
function readResults(file) {
  // Without a file, mocha never reached the first test.
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => /** @type {Result | { state: 'end' }} */ (JSON.parse(line)));
  return {
    results: lines.flatMap((line) => (line.state === 'end' ? [] : [{ ...line, file: toSource(line.file) }])),
    isComplete: lines.at(-1)?.state === 'end',
  };
}

/** Converts `Z:\…\tree\test\unit\a.test.js` to `test/unit/a.test.ts`. @param {string} file */
const toSource = (file) =>
  file
    .replaceAll('\\', '/')
    .replace(/^.*?\/tree\//, '')
    .replace(/\.js$/, '.ts');

/** @param {WindowsNode} windows @param {Verdict} verdict @param {readonly string[]} files */
function report(windows, verdict, files) {
  printLeftOut(verdict);
  for (const { file, title, why } of verdict.outdated)
    console.log(`\nRemove from test/windows/unsupported.json: ${file}: ${title}\n  ${why}`);
  for (const { file, title, why } of verdict.failed) console.log(`\nFailed: ${file}: ${title}\n  ${why}`);
  for (const { file, title, why } of verdict.secondAttempt)
    console.log(`\nPassed only on the second attempt: ${file}: ${title}\n  ${why}`);
  const tooMany = verdict.secondAttempt.length > maxSecondAttempts ? verdict.secondAttempt.length : 0;
  const bad = verdict.failed.length + verdict.outdated.length + tooMany;
  console.log(
    `\n${windows.version}: ${files.length} files, ${verdict.leftOut.length} tests skipped and listed above`,
  );
  console.log(`${verdict.passed} passed, ${bad} failed`);
  return bad === 0 ? 0 : 1;
}

/** @param {Verdict} verdict */
function printLeftOut({ leftOut }) {
  for (const why of new Set(leftOut.map((entry) => entry.why))) {
    const tests = leftOut.filter((entry) => entry.why === why);
    console.log(`\nSkipped (${tests.length}): ${why}`);
    for (const file of new Set(tests.map((test) => test.file))) {
      console.log(`  ${file}`);
      for (const test of tests.filter((one) => one.file === file)) console.log(`    ${test.title}`);
    }
  }
}
