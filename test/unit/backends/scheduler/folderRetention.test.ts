import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  markFolderSeen,
  removeExpiredFolders,
  type FolderRetention,
} from '../../../../src/backends/scheduler/folderRetention.js';
import type { Host } from '../../../../src/remote/host.js';
import type { RetentionAnswer, RetentionRequest } from '../../../../src/core/domain/retention.js';
import { filesOf, inTemp, keptLog, remote } from '../../remote/doubles.js';

const name = (number: number): string => `20260101-120000-${number.toString(16).padStart(8, '0')}`;

/** A cluster's job folders, and a user who answers. */
function world(temp: string, more: Partial<FolderRetention> = {}, host: Host = remote()) {
  const root = join(temp, 'jobs');
  mkdirSync(root, { recursive: true });
  const asked: RetentionRequest[] = [];
  const { log, lines } = keptLog();
  const made = (number: number, days: number, files: Readonly<Record<string, string>> = {}): string => {
    const folder = join(root, name(number));
    mkdirSync(join(folder, 'work'), { recursive: true });
    for (const sent of ['job.sh', 'work/script.sh']) {
      writeFileSync(join(folder, sent), '');
      execFileSync('touch', ['-t', '197001020000', join(folder, sent)]);
    }
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
    const when = `${String(days)} days ago`;
    execFileSync('find', [folder, '-newermt', '2000-01-01', '-exec', 'touch', '-d', when, '{}', '+']);
    return name(number);
  };
  const round = async (answer?: RetentionAnswer): Promise<readonly string[]> => {
    // The question is shown once a day.
    for (const mark of readdirSync(temp)) if (mark === 'own') forgetQuestion(join(temp, 'own'));
    await removeExpiredFolders(filesOf(host), {
      root,
      setting: 'batchJobs.slurm.keepDays',
      days: () => 30,
      listFoldersInUse: () => Promise.resolve(new Set()),
      folder: join(temp, 'own'),
      ask: (request) => {
        asked.push(request);
        return Promise.resolve(answer);
      },
      log,
      ...more,
    });
    return readdirSync(root).sort();
  };
  return { root, asked, lines, made, round };
}

function forgetQuestion(folder: string): void {
  execFileSync('find', [folder, '-name', 'asked-*', '-delete']);
}

const outputs = { 'work/model.bin': 'weights' };

describe('retention of folders on a cluster', () => {
  it('removes nothing before the user agreed, and lists exactly what is old', () =>
    inTemp(async (temp) => {
      const { round, made, asked } = world(temp);
      const all = [made(1, 31), made(2, 31, outputs), made(3, 29)];
      assert.deepEqual(await round(), all);
      assert.deepEqual(
        asked.map(({ place, settings, maxDays, jobs }) => [
          place,
          settings,
          maxDays,
          jobs.map(({ id, hasUnseenResults }) => [id, hasUnseenResults]),
        ]),
        [
          [
            'Alpha',
            ['batchJobs.slurm.keepDays'],
            30,
            [
              [name(1), false],
              [name(2), true],
            ],
          ],
        ],
      );
    }));

  it('removes folders without unseen results after the agreement, and keeps the others', () =>
    inTemp(async (temp) => {
      const { round, made, asked } = world(temp);
      const kept = made(2, 31, outputs);
      made(1, 31);
      assert.deepEqual(await round('removeSeen'), [kept]);
      made(3, 31);
      assert.deepEqual(await round(), [kept]);
      assert.deepEqual(
        asked[1]?.jobs.map(({ id }) => id),
        [kept],
      );
      assert.deepEqual(await round('removeAll'), []);
    }));

  it('removes folders whose result files were opened', () =>
    inTemp(async (temp) => {
      const { round, made, root } = world(temp);
      const seen = made(1, 31, outputs);
      await markFolderSeen({ folder: join(temp, 'own') }, join(root, seen));
      assert.deepEqual(await round('removeSeen'), []);
    }));

  it('does not treat the log or the submitted files as results', () =>
    inTemp(async (temp) => {
      const { round, made } = world(temp);
      made(1, 31, { 'slurm-36.out': 'done\n' });
      assert.deepEqual(await round('removeSeen'), []);
    }));

  it('never removes what the user wants to keep', () =>
    inTemp(async (temp) => {
      const { round, made, asked } = world(temp);
      const kept = [made(1, 31), made(2, 31, outputs)];
      await round('keep');
      assert.deepEqual(await round('removeAll'), kept);
      assert.equal(asked.length, 1);
    }));

  it('removes only folders that were never filled without a question', () =>
    inTemp(async (temp) => {
      const { round, root, asked } = world(temp);
      mkdirSync(join(root, name(1), 'work'), { recursive: true });
      execFileSync('touch', ['-d', '2 days ago', join(root, name(1), 'work'), join(root, name(1))]);
      assert.deepEqual(await round(), []);
      assert.deepEqual(asked, []);
    }));

  it('removes nothing if the cluster does not report which folders are in use', () =>
    inTemp(async (temp) => {
      const inUse = (): Promise<never> => Promise.reject(new Error('no squeue'));
      const { round, made, lines } = world(temp, { listFoldersInUse: inUse });
      const kept = [made(1, 31)];
      assert.deepEqual(await round('removeAll'), kept);
      assert.match(lines.join('\n'), /no squeue/);
    }));

  it('keeps a folder that is in use again by the time the user has answered', () =>
    inTemp(async (temp) => {
      const used = new Set<string>();
      const { round, made, root } = world(temp, {
        listFoldersInUse: () => Promise.resolve(used),
        ask: () => {
          used.add(join(root, name(1)));
          return Promise.resolve('removeAll');
        },
      });
      made(1, 31);
      made(2, 31);
      assert.deepEqual(await round(), [name(1)]);
    }));

  /** A host whose `date` is ahead by this many days, and whose `find` uses it. */
  const ahead = (temp: string, days: number): Host => {
    const bin = join(temp, 'bin');
    mkdirSync(bin, { recursive: true });
    const seconds = String(days * 86_400);
    writeFileSync(join(bin, 'date'), `#!/bin/sh\necho $(( $(/bin/date +%s) + ${seconds} ))\n`, {
      mode: 0o755,
    });
    const find =
      `#!/bin/bash\nargs=()\nfor a; do\n  if [[ $last = -mtime ]]; then a=-$(( \${a#-} - ${String(days)} )); fi\n` +
      `  args+=("$a"); last=$a\ndone\nexec /usr/bin/find "\${args[@]}"\n`;
    writeFileSync(join(bin, 'find'), find, { mode: 0o755 });
    return remote({ ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` });
  };

  it("removes nothing if the cluster's clock jumped ahead, regardless of the agreement", () =>
    inTemp(async (temp) => {
      const first = world(temp);
      first.made(1, 31);
      assert.deepEqual(await first.round('removeSeen'), []);
      const kept = [first.made(2, 1), first.made(3, 20)];
      const later = world(temp, { days: () => 60 }, ahead(temp, 59));
      assert.deepEqual(await later.round('removeAll'), kept);
      assert.deepEqual(later.asked, []);
    }));

  it('keeps folders whose files all date from a time when the clock was wrong', () =>
    inTemp(async (temp) => {
      const { round, made, root, asked } = world(temp);
      const kept = made(1, 0, outputs);
      execFileSync('find', [join(root, kept), '-exec', 'touch', '-t', '197001010003', '{}', '+']);
      assert.deepEqual(await round('removeAll'), [kept]);
      assert.deepEqual(asked, []);
      assert.ok(existsSync(join(root, kept, 'work/model.bin')));
    }));
});
