import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { SchedulerProviderDeps } from '../../../../src/backends/scheduler/provider.js';
import type { Connection } from '../../../../src/core/domain/connection.js';
import { fakeClock } from '../../../fakes/clock.js';
import { inTemp, keptLog, problemOf } from '../../remote/doubles.js';
import { createAtProvider } from './atProvider.js';

const depsIn = (folder: string): SchedulerProviderDeps => ({
  getFolder: (kind, connection) => join(folder, kind, connection),
  env: process.env,
  home: folder,
  helper: { program: 'none', args: [], env: {} },
  ask: () => Promise.resolve(undefined),
  askRetention: () => Promise.resolve(undefined),
  clock: fakeClock(),
  setting: () => undefined,
  log: keptLog().log,
});
const connection = (settings: Connection['settings'] = {}): Connection => ({
  ...{ id: 'at-1', kind: 'at', title: 'Office', settings },
});

describe('the provider of a scheduler', () => {
  it('describes the scheduler by its name', () =>
    inTemp((folder) => {
      const { questions, settings, getTitle: titleOf } = createAtProvider(depsIn(folder));
      assert.deepEqual(
        settings.map(({ name }) => name),
        ['keepDays', 'historyDays', 'sshProgram', 'sshConfigFile'],
      );
      assert.match(settings[0]?.description ?? '', /folders of finished At jobs/);
      assert.deepEqual(
        questions.map(({ id }) => id),
        ['host', 'root'],
      );
      assert.deepEqual([titleOf?.({}), titleOf?.({ host: ' hpc ' })], ['At', 'At · hpc']);
      return Promise.resolve();
    }));

  it('checks what is entered for a connection', () =>
    inTemp((folder) => {
      const [host, root] = createAtProvider(depsIn(folder)).questions;
      assert.deepEqual([host?.validate?.('', {}), host?.validate?.('ada@login', {})], [undefined, undefined]);
      assert.match(host?.validate?.('-oProxyCommand=x', {}) ?? '', /Enter an SSH host/);
      assert.equal(root?.validate?.('~/jobs', {}), undefined);
      assert.match(root?.validate?.('jobs', {}) ?? '', /starts with/);
      return Promise.resolve();
    }));

  it('creates a backend on this machine, and over ssh', () =>
    inTemp(async (folder) => {
      const provider = createAtProvider(depsIn(folder));
      const here = await provider.create(connection());
      assert.deepEqual(here.capabilities.kinds, ['script', 'bundle']);
      assert.equal(here.resetPrompts, undefined);
      here.dispose?.();
      const there = await provider.create(
        connection({ host: 'login.example', root: '/scratch', bin: '/opt' }),
      );
      assert.ok(there.resetPrompts);
      there.dispose?.();
    }));

  for (const [name, settings] of [
    ['host', { host: '-x' }],
    ['job folder', { root: 'jobs' }],
    ['folder of programs', { bin: 'opt/bin' }],
  ] as const)
    it(`rejects a connection with an invalid ${name}`, () =>
      inTemp(async (folder) => {
        const problem = await problemOf(createAtProvider(depsIn(folder)).create(connection(settings)));
        assert.ok(problem.kind === 'badSetting' && problem.setting === 'batchJobs.connections');
      }));
});
