// A mocha reporter that appends one JSON line per test to the file in WINDOWS_RESULTS.
import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';

/** Records all tests at the start, then the outcome of each: this reveals tests that never started. */
export default class Results {
  /** @param {Mocha.Runner} runner */
  constructor(runner) {
    const file = process.env['WINDOWS_RESULTS'] ?? '';
    /** @param {Mocha.Runnable | Mocha.Test} test @param {'known' | 'passed' | 'failed'} state @param {unknown} [error] */
    const note = (test, state, error) => {
      const why = error instanceof Error ? (error.stack ?? error.message) : error && String(error);
      const entry = { file: test.file, title: test.fullTitle(), state, why, ms: test.duration };
      appendFileSync(file, `${JSON.stringify(entry)}\n`);
    };
    const { EVENT_RUN_BEGIN, EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_RUN_END } = Mocha.Runner.constants;
    runner.once(EVENT_RUN_BEGIN, () => {
      runner.suite.eachTest((test) => {
        note(test, 'known');
      });
    });
    runner.on(EVENT_TEST_PASS, (test) => {
      note(test, 'passed');
    });
    runner.on(EVENT_TEST_FAIL, (test, error) => {
      note(test, 'failed', error);
    });
    runner.once(EVENT_RUN_END, () => {
      appendFileSync(file, '{"state":"end"}\n');
    });
  }
}
