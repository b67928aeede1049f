// A mocha reporter: the output of "spec", plus one line of figures at the end for scripts/test.mjs.
import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';

/** @typedef {import('./tallies.mjs').Tally} Tally */

/**
 * Prints like "spec"; appends a {@link Tally} to the file in MOCHA_TALLY, if set. If MOCHA_EXPECTED is set,
 * the run fails unless that number of tests ran.
 */
export default class TallyReporter extends Mocha.reporters.Spec {
  /** @param {Mocha.Runner} runner @param {Mocha.MochaOptions} options */
  constructor(runner, options) {
    super(runner, options);
    const { EVENT_TEST_RETRY, EVENT_TEST_FAIL, EVENT_RUN_END } = Mocha.Runner.constants;
    /** @type {Set<string>} */
    const retried = new Set();
    runner.on(EVENT_TEST_RETRY, (test, error) => {
      retried.add(test.fullTitle());
      console.log(
        `    retried after: ${test.fullTitle()}: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    runner.on(EVENT_TEST_FAIL, (test) => {
      retried.delete(test.fullTitle());
    });
    const file = process.env['MOCHA_TALLY'];
    if (file === undefined) return;
    runner.once(EVENT_RUN_END, () => {
      const { passes: passed, failures: failed } = this.stats;
      appendFileSync(file, `${JSON.stringify({ passed, failed, retried: [...retried] })}\n`);
    });
  }

  /**
   * @override
   * @param {number} failures
   * @param {((failures: number) => void) | undefined} end
   */
  done(failures, end) {
    const expected = Number(process.env['MOCHA_EXPECTED'] ?? this.stats.tests);
    const isComplete = this.stats.tests === expected;
    if (!isComplete) console.log(`  ${this.stats.tests} tests ran instead of ${expected}.\n`);
    end?.(isComplete ? failures : failures + 1);
  }
}
