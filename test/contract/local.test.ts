import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { place, tarOf } from './local.js';
import { backendContract } from './suite.js';

backendContract('Local', async () => {
  const spool = await place();
  const sources = await mkdtemp(join(tmpdir(), 'batch-jobs-sources-'));
  const sh = (text: string) => ({ name: 'job.sh', text });
  return {
    backend: spool.window(),
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
    bundle: async () => ({
      bundle: await tarOf(sources, 'project', {
        'main.sh': 'echo from the bundle\ncat data/note.txt\n',
        'data/note.txt': 'a note\n',
      }),
      entry: 'main.sh',
    }),
    damage: (id) => writeFile(join(spool.folder, 'jobs', id, 'job.json'), '{"version": 1, "na'),
    patienceMs: 10_000,
    end: async () => {
      await spool.end();
      await rm(sources, { recursive: true, force: true });
    },
  };
});
