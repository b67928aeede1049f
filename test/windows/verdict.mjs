// Compares the results of the tests on Windows with the list of those that cannot pass there.

/** @typedef {'windows' | 'wine'} System windows: Windows itself cannot do it; wine: only Wine cannot */
/**
 * @typedef {object} Group
 * @property {System} system
 * @property {string} why
 * @property {Readonly<Record<string, readonly string[]>>} tests titles by file. `describe block *`: each test whose title
 *   begins so; `*`: the whole file, which is not run
 */
/** @typedef {{ file: string, title: string, state: 'known' | 'passed' | 'failed', why?: string }} Result */
/** @typedef {{ file: string, title: string, why: string }} Finding */
/**
 * @typedef {object} Verdict
 * @property {number} passed
 * @property {readonly Finding[]} failed failed or never ran, without an entry
 * @property {readonly Finding[]} secondAttempt failed, then passed when its file was retried
 * @property {readonly Finding[]} leftOut failed or never ran, with an entry; whole files too
 * @property {readonly Finding[]} outdated entries whose test passed or does not exist, or that are duplicates
 */

/**
 * The files that are not run.
 *
 * @param {readonly Group[]} groups the list
 * @param {System} system
 * @returns {readonly Finding[]}
 */
export const wholeFiles = (groups, system) =>
  entriesOf(groups, system).filter(({ title }) => title === wholeFile);

/** The title that stands for all tests of a file. */
const wholeFile = '*';

/** @param {readonly Group[]} groups @param {System} system @returns {readonly Finding[]} */
const entriesOf = (groups, system) =>
  groups
    .filter((group) => group.system === 'windows' || system === 'wine')
    .flatMap(({ why, tests }) =>
      Object.entries(tests).flatMap(([file, titles]) => titles.map((title) => ({ file, title, why }))),
    );

/**
 * @param {readonly Group[]} groups the list
 * @param {readonly Result[]} results results of the files that were run
 * @param {object} run
 * @param {System} run.system the system of the run
 * @param {readonly string[]} run.files the files that were run
 * @param {boolean} [run.isWhole] true: these are all test files
 * @param {readonly Result[]} [run.second] results of the retried files
 * @returns {Verdict}
 */
export function judge(groups, results, { system, files, isWhole = false, second = [] }) {
  const states = statesOf(results);
  const ran = new Set(files);
  const entries = entriesOf(groups, system)
    .filter(({ file }) => isWhole || ran.has(file))
    .flatMap((entry) => expand(entry, [...states.values()]));
  const listed = new Map(entries.map((entry) => [keyOf(entry), entry]));
  const unsuccessful = [...states.values()].filter(({ state }) => state !== 'passed');
  const later = statesOf(second);
  /** @param {Result} result */
  const isMended = (result) =>
    later.size > 0 && isSuccessful(later.get(keyOf(result)) ?? hookState(result, later));
  const failed = unsuccessful.filter((result) => !listed.has(keyOf(result)));
  const secondAttempt = failed.filter(isMended);
  return {
    passed: states.size - unsuccessful.length + secondAttempt.length,
    failed: failed.filter((result) => !secondAttempt.includes(result)).map(toFinding),
    secondAttempt: secondAttempt.map(toFinding),
    leftOut: entries.filter((entry) => isOmitted(entry, ran) || isUnsuccessful(states.get(keyOf(entry)))),
    outdated: entries.flatMap((entry, index) => {
      if (isOmitted(entry, ran)) return [];
      const why = whyOutdated(states.get(keyOf(entry)), entries.slice(0, index), entry);
      return why === undefined ? [] : [{ ...entry, why }];
    }),
  };
}

/** True for a file that exists and is not run. @param {Finding} entry @param {ReadonlySet<string>} files */
const isOmitted = ({ file, title }, files) => title === wholeFile && files.has(file);

/**
 * An entry for each test that an entry names; the entry itself where it names none.
 *
 * @param {Finding} entry
 * @param {readonly Result[]} results
 * @returns {readonly Finding[]}
 */
function expand(entry, results) {
  if (entry.title === wholeFile || !entry.title.endsWith('*')) return [entry];
  const start = entry.title.slice(0, -1);
  const named = results.filter(({ file, title }) => file === entry.file && title.startsWith(start));
  return named.length === 0 ? [entry] : named.map(({ title }) => ({ ...entry, title }));
}

/** @param {Result} result @returns {Finding} */
const toFinding = ({ file, title, why }) => ({ file, title, why: why ?? 'it never ran' });

/**
 * Only failed hooks are reported: a hook missing from later results has succeeded, if its file was run.
 *
 * @param {Result} result
 * @param {ReadonlyMap<string, Result>} later
 * @returns {Result | undefined}
 */
const hookState = (result, later) =>
  / hook (for|in) "/.test(result.title) && [...later.values()].some(({ file }) => file === result.file)
    ? { ...result, state: 'passed' }
    : undefined;

/** @param {Result | undefined} result */
const isSuccessful = (result) => result?.state === 'passed';

/** @param {Result | undefined} result */
const isUnsuccessful = (result) => result !== undefined && result.state !== 'passed';

/** @param {Result | undefined} result @param {readonly Finding[]} before @param {Finding} entry */
function whyOutdated(result, before, entry) {
  if (result === undefined) return 'no such test exists';
  if (result.state === 'passed') return 'it passes';
  return before.some((other) => keyOf(other) === keyOf(entry)) ? 'it is listed twice' : undefined;
}

/** @param {{ file: string, title: string }} test */
const keyOf = ({ file, title }) => `${file}\n${title}`;

/**
 * The state of each test; of two with the same title, the worse counts.
 *
 * @param {readonly Result[]} results
 */
function statesOf(results) {
  /** @type {Map<string, Result>} */
  const states = new Map();
  for (const result of results) {
    const earlier = states.get(keyOf(result));
    if (earlier === undefined || earlier.state === 'known' || result.state === 'failed')
      states.set(keyOf(result), result);
  }
  return states;
}
