import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalBackend } from '../../../../src/backends/local/backend.js';
import { getJobPaths, getSpoolPaths } from '../../../../src/backends/local/paths.js';
import { readJobRecord } from '../../../../src/backends/local/spool.js';
import type { JobSpec } from '../../../../src/core/domain/jobSpec.js';
import { JobError } from '../../../../src/core/domain/problem.js';
import { memoryLog } from '../../../fakes/memoryStore.js';
import { inTemp, never, problemOf } from '../../remote/doubles.js';

const spec: JobSpec = {
  ...{ name: 'fit', args: [], env: {}, options: {} },
  kind: 'script',
  script: { name: 'fit.own', text: 'run\n' },
};

describe('the validation of a submission to Local', () => {
  it('finds the interpreter once, and sending without it finds it too', () =>
    inTemp(async (temp) => {
      const lookups: string[] = [];
      const program = join(temp, 'own');
      await writeFile(program, '#!/bin/sh\n');
      await chmod(program, 0o755);
      const interpreters = {
        get '.own'() {
          lookups.push('.own');
          return { program, args: [] };
        },
      };
      const folder = join(temp, 'spool');
      const { submit } = createLocalBackend({
        connection: { id: 'local', kind: 'local', title: 'Local', settings: {} },
        ...{ folder, env: {}, log: memoryLog() },
        runner: { program: '/bin/true', args: [], env: {} },
        unpack: () => Promise.resolve(),
        settings: () => ({
          interpreters,
          // No job is started.
          get maxRunning(): number {
            throw new JobError({ kind: 'badSetting', setting: 'x', why: 'y' });
          },
          retention: { count: 0, days: 0 },
        }),
      });
      assert.ok(submit?.validate);
      const validation = await submit.validate(spec, never);
      assert.deepEqual(validation.items, [{ label: 'Interpreter', text: program }]);
      assert.equal(lookups.length, 1);
      const id = await submit.send(spec, never, undefined, validation);
      assert.equal(lookups.length, 1);
      const record = await readJobRecord(getJobPaths(join(getSpoolPaths(folder).jobs, id)));
      assert.ok(record && 'value' in record && record.value.program === program);
      await submit.send(spec, never);
      assert.equal(lookups.length, 2);
      const other: JobSpec = { ...spec, script: { name: 'fit.other', text: 'run\n' } };
      assert.equal((await problemOf(submit.send(other, never, undefined, validation))).kind, 'noInterpreter');
    }));
});
