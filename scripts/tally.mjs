// A mocha reporter: what "spec" shows, and at the end one line of numbers for scripts/test.mjs.
import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';

/** Prints as "spec" does; appends `{"passed":1,"failed":0}` to the file that MOCHA_TALLY names, if any. */
export default class Tally extends Mocha.reporters.Spec {
  /** @param {Mocha.Runner} runner @param {Mocha.MochaOptions} options */
  constructor(runner, options) {
    super(runner, options);
    runner.on(Mocha.Runner.constants.EVENT_TEST_RETRY, (test, error) => {
      console.log(
        `    tried again after: ${test.fullTitle()}: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    const file = process.env['MOCHA_TALLY'];
    if (file === undefined) return;
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed } = this.stats;
      appendFileSync(file, `${JSON.stringify({ passed, failed })}\n`);
    });
  }
}
