import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobId } from '../../src/core/domain/job.js';
import type { RetentionRequest } from '../../src/core/domain/retention.js';
import { cluster, sshServer, type Cluster, type SshServer } from '../engines/cluster.js';
import { until as soon } from '../engines/daemons.mjs';
import { remoteUser } from '../engines/sshd.mjs';
import { leavesNothing, overSsh, type OverSsh } from './slurmSsh.js';
import { ended, never, submit, until } from './subject.js';

const sh = (text: string) => ({ name: 'job.sh', text: `#!/bin/bash\n${text}` });
const patienceMs = 20_000;

describe('Slurm over SSH: folders that are no longer needed', () => {
  let slurm: Cluster;
  let server: SshServer;
  let to: OverSsh;
  let others: OverSsh;
  const asked: RetentionRequest[] = [];
  before(async function () {
    this.timeout(120_000);
    slurm = await cluster('accounting');
    server = await sshServer(slurm);
    to = await overSsh(server, { keepDays: 30 });
    // The same user on another machine: the state stored here is not known there.
    others = await overSsh(server, {
      keepDays: 30,
      root: to.root,
      askRetention: (request) => {
        asked.push(request);
        return Promise.resolve('removeAll');
      },
    });
  });
  after(async () => {
    await to.end();
    await others.end();
    await leavesNothing(server);
  });

  /** The folder of a job, by the file it was meant to leave there. */
  const folderWith = (mark: string): string => {
    const name = to.folders().find((one) => existsSync(join(to.root, one, 'work', mark)));
    assert.ok(name !== undefined, `there is a folder with ${mark}`);
    return name;
  };
  const aged = (name: string, days: number): void => {
    const when = `${days} days ago`;
    execFileSync('find', [join(to.root, name), '-depth', '-exec', 'touch', '-h', '-d', when, '{}', '+']);
  };
  const made = (name: string, files: Readonly<Record<string, string>>): string => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(to.root, name, path, '..'), { recursive: true });
      writeFileSync(join(to.root, name, path), text);
    }
    execFileSync('chown', ['-R', `${remoteUser.name}:`, join(to.root, name)]);
    return name;
  };
  const running = async (text: string): Promise<JobId> => {
    const id = await submit(to.backend, sh(text));
    await until({ backend: to.backend, patienceMs }, id, ({ state }) => state.kind === 'running');
    return id;
  };
  const doneWith = async (mark: string): Promise<string> => {
    const id = await submit(to.backend, sh(`touch ${mark}\n`));
    await ended({ backend: to.backend, patienceMs }, id);
    return folderWith(mark);
  };

  it('are deleted after a prompt with the next submission once they were unused for long enough, and no others', async function () {
    this.timeout(40_000);
    const old = [await doneWith('old'), await doneWith('older')];
    const young = await doneWith('young');
    const touched = await doneWith('touched');
    const held = await submit(to.backend, sh('touch held\n'), { options: { extra: '--hold' } });
    const ids = [await running('touch running\nexec sleep 120\n'), held];
    // Its own script changes the working directory.
    ids.push(await running('#SBATCH --chdir=/tmp\nexec sleep 120\n'));
    const used = to.folders().filter((name) => ![...old, young, touched].includes(name));
    assert.equal(used.length, 3);

    const foreign = [
      made('20200101-000000-01234567', {
        'results/a.txt': 'not created by the extension: no script, no working folder',
      }),
      made('20200101-000000-0123456z', { 'job.sh': '', 'work/a': 'not a name of the extension' }),
      made('20200101-000000-89abcdef', {
        'work/a': '',
        'notes.txt': 'never created by the extension: more than an interrupted upload',
      }),
      made('my-data', { 'job.sh': '', 'work/a': '' }),
    ];
    const cutOff = made('20200101-000000-00000001', { 'work/part': 'its upload was interrupted' });
    const beingSent = made('20200101-000000-00000002', { 'work/part': 'it is still being uploaded' });
    const target = made('elsewhere', { 'job.sh': '', 'work/a': '' });
    const link = '20200101-000000-00000003';
    symlinkSync(join(to.root, target), join(to.root, link));
    for (const name of [...old, touched, ...used, ...foreign, target]) aged(name, 31);
    aged(young, 29);
    aged(cutOff, 2);
    const now = new Date();
    utimesSync(join(to.root, touched, 'work', 'touched'), now, now);

    await submit(others.backend, sh('true\n'));
    const isThere = (name: string): boolean => existsSync(join(to.root, name));
    await soon(() => ![...old, cutOff].some(isThere), 'old folders are left', 10_000);
    const kept = [young, touched, ...used, ...foreign, beingSent, target, link];
    assert.deepEqual(
      kept.filter((name) => !isThere(name)),
      [],
    );
    assert.ok(isThere(join(target, 'work/a')));
    assert.deepEqual(
      asked.map(({ jobs }) => jobs.map(({ id, hasUnseenResults }) => [id, hasUnseenResults])),
      [[...old].sort().map((name) => [name, true])],
    );
    for (const id of ids) await to.backend.control?.cancel?.(id, never);
  });
});
