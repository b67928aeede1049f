import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { place, tarOf } from './local.js';
import type { Subject } from './subject.js';
import { backendContract } from './suite.js';

/** The jobs that the contract submits, in one language. */
interface Language {
  readonly scripts: Subject['scripts'];
  /** The script of a bundle. */
  readonly main: { readonly entry: string; readonly text: string };
}

const sh = (text: string): { name: string; text: string } => ({ name: 'job.sh', text });
const inShell: Language = {
  scripts: {
    prints: (lines) => sh(`for ((i = 1; i <= ${String(lines)}; i++)); do echo "line $i"; done\n`),
    fails: (code) => sh(`echo about to fail\nexit ${String(code)}\n`),
    lasts: () => sh('echo begun\nexec sleep 60\n'),
    results: (value) =>
      sh(
        `printf %s '${value}' >"$JULIAHUB_RESULTS_SUMMARY_FILE"\n` +
          'printf 42 >"$JULIAHUB_RESULTS_UPLOAD_DIR/answer.txt"\n',
      ),
  },
  main: { entry: 'main.sh', text: 'echo from the bundle\ncat data/note.txt\n' },
};

const js = (text: string): { name: string; text: string } => ({ name: 'job.js', text });
/** Windows has no built-in shell for scripts. */
const inNode: Language = {
  scripts: {
    prints: (lines) => js(`for (let i = 1; i <= ${String(lines)}; i++) console.log('line ' + i);\n`),
    fails: (code) => js(`console.log('about to fail');\nprocess.exitCode = ${String(code)};\n`),
    lasts: () => js("console.log('begun');\nsetTimeout(() => {}, 60_000);\n"),
    results: (value) =>
      js(
        `const { writeFileSync } = require('node:fs');\n` +
          `writeFileSync(process.env.JULIAHUB_RESULTS_SUMMARY_FILE, ${JSON.stringify(value)});\n` +
          "writeFileSync(process.env.JULIAHUB_RESULTS_UPLOAD_DIR + '/answer.txt', '42');\n",
      ),
  },
  main: {
    entry: 'main.js',
    text: "console.log('from the bundle');\nprocess.stdout.write(require('fs').readFileSync('data/note.txt'));\n",
  },
};

backendContract('Local', async () => {
  const spool = await place();
  const sources = await mkdtemp(join(tmpdir(), 'batch-jobs-sources-'));
  const language = process.platform === 'win32' ? inNode : inShell;
  return {
    backend: spool.window(),
    scripts: language.scripts,
    bundle: async () => {
      const { entry, text } = language.main;
      return {
        bundle: await tarOf(sources, 'project', { [entry]: text, 'data/note.txt': 'a note\n' }),
        entry,
      };
    },
    damage: (id) => writeFile(join(spool.folder, 'jobs', id, 'job.json'), '{"version": 1, "na'),
    patienceMs: 10_000,
    end: async () => {
      await spool.end();
      await rm(sources, { recursive: true, force: true, maxRetries: 5 });
    },
  };
});
