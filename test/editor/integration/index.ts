import { appendFileSync } from 'node:fs';
import { format } from 'node:util';

/**
 * Called by VS Code inside the extension host: runs the tests of this folder there, next to the extension,
 * with the real `vscode` API. The report goes to the file in TEST_REPORT, because the console is full of VS
 * Code's own lines.
 *
 * @throws if a test failed, which VS Code turns into its exit code.
 */
export async function run(): Promise<void> {
  const { default: Mocha } = await import('mocha');
  const report = process.env['TEST_REPORT'] ?? '';
  Mocha.reporters.Base.consoleLog = (...values: readonly unknown[]) => {
    appendFileSync(report, `${format(...values)}\n`);
  };
  const mocha = new Mocha({
    ui: 'bdd',
    color: false,
    timeout: 30_000,
    reporter: 'spec',
    forbidOnly: true,
    forbidPending: true,
  });
  mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, '', mocha);
  await import('./extension.test.js');
  const failed = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed = 0, failures = 0 } = runner.stats ?? {};
      const tally = process.env['MOCHA_TALLY'];
      if (tally)
        appendFileSync(
          tally,
          `${JSON.stringify({ passed, failed: failures })}
`,
        );
    });
  });
  if (failed > 0) throw new Error(`${failed} tests failed in the extension host`);
}
