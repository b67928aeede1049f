import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hub, type Hub } from './juliahub.js';
import { tarOf } from './local.js';
import type { Subject } from './subject.js';
import { backendContract } from './suite.js';

const sh = (name: string, text: string) => ({ name: `${name}.jl`, text: `#!/bin/sh\n${text}` });

/**
 * The first line selects the interpreter, a feature of the test server only: a shell starts faster than
 * Julia.
 */
async function juliaHub(): Promise<Subject> {
  const place: Hub = await hub({ controls: { pageSize: 100 } });
  const folder = await mkdtemp(join(tmpdir(), 'batch-jobs-hub-bundle-'));
  return {
    backend: place.window(),
    scripts: {
      prints: (lines) => sh('prints', `for n in $(seq 1 ${String(lines)}); do echo "line $n"; done\n`),
      fails: (code) => sh('fails', `echo about to fail\nexit ${String(code)}\n`),
      lasts: () => sh('lasts', 'echo begun\nsleep 60\n'),
      results: (value) =>
        sh(
          'results',
          `printf '%s' '${value}' > "$JULIAHUB_RESULTS_SUMMARY_FILE"\nprintf 42 > "$JULIAHUB_RESULTS_UPLOAD_DIR/answer.txt"\n`,
        ),
    },
    bundle: async () => ({
      bundle: await tarOf(folder, 'project', {
        main: 'println("from the bundle")\nprintln(read(joinpath(@__DIR__, "data", "note.txt"), String))\n',
        'data/note.txt': 'a note',
      }),
      entry: 'main',
    }),
    damage: (id) => {
      place.double.controls.oddJobs.push({ jobname: null, id });
      return Promise.resolve();
    },
    tellsExitCodes: false,
    patienceMs: 30_000,
    end: async () => {
      assert.deepEqual(place.double.violations, []);
      await place.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

backendContract('JuliaHub', juliaHub);
