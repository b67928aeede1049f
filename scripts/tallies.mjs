// Totals of all mocha runs of a test run. Uses no npm packages, which may not be installed yet.
import { existsSync, readFileSync } from 'node:fs';

/**
 * @typedef {object} Tally the outcome of one or more mocha runs
 * @property {number} passed
 * @property {number} failed
 * @property {readonly string[]} retried full titles of the tests that passed only on the second attempt
 */

/** Maximum number of tests in one run that can need a second attempt. */
export const maxRetried = 2;

/**
 * Totals of all mocha runs that wrote to a file.
 *
 * @param {string} file
 * @returns {Tally}
 */
export function sumTallies(file) {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const all = lines.filter((line) => line !== '').map((line) => /** @type {Tally} */ (JSON.parse(line)));
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
    retried: all.flatMap(({ retried = [] }) => retried),
  };
}

/**
 * The summary lines of a run.
 *
 * @param {Tally} tally
 * @returns {readonly string[]}
 */
export function tallyLines({ passed, failed, retried }) {
  if (retried.length === 0) return [`${passed} passed, ${failed} failed`];
  const only = retried.length === 1 ? '1 test' : `${retried.length} tests`;
  return [
    `${only} passed only on the second attempt${retried.length > maxRetried ? `; at most ${maxRetried} may` : ''}:`,
    ...retried.map((title) => `  ${title}`),
    `${passed} passed, ${failed} failed`,
  ];
}
