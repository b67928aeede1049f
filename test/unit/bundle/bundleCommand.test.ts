import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { bundleCommand } from '../../../scripts/bundleCommand.js';
import { inTemp, makeFolder, readTarFile } from './folders.js';
import { onSmallDisk } from './smallDisk.js';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in this process. */
async function bundle(...args: readonly string[]): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await bundleCommand(args, new AbortController().signal, {
    lines: (lines) => {
      out.push(...lines);
      return Promise.resolve();
    },
    sentence: (text) => err.push(text),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** Runs the command as a program in a folder; `whileRunning` is called with its process. */
async function program(
  cwd: string,
  args: readonly string[],
  whileRunning: (child: ReturnType<typeof spawn>) => void = () => undefined,
): Promise<Ended> {
  const env = { ...process.env, npm_lifecycle_event: 'unit' };
  const script = join(import.meta.dirname, '../../../scripts/bundle.mjs');
  const child = spawn(process.execPath, [script, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  whileRunning(child);
  const [[code], out, err] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, out, err };
}

describe('npm run bundle', () => {
  it('lists each path as a line of JSON, with the rule that excludes it', () =>
    inTemp(async (temp) => {
      const rules = '# out\nout/\n*.csv';
      makeFolder(join(temp, 'app'), {
        '.juliabundleignore': rules,
        '.git/config': '',
        'a.csv': '12',
        'line\nfeed': '',
        'none/': '',
        'out/x': '',
      });
      const { code, out, err } = await bundle(join(temp, 'app'), '--list');
      const by = { ruleFile: '.juliabundleignore' };
      assert.deepEqual(
        out.split('\n').map((line) => JSON.parse(line) as unknown),
        [
          { path: '.git', type: 'directory', size: 0, included: false },
          { path: '.juliabundleignore', type: 'file', size: rules.length, included: true },
          { path: 'a.csv', type: 'file', size: 2, included: false, rule: '*.csv', ...by, ruleLine: 3 },
          { path: 'line\nfeed', type: 'file', size: 0, included: true },
          { path: 'none', type: 'directory', size: 0, included: true },
          { path: 'out', type: 'directory', size: 0, included: false, rule: 'out/', ...by, ruleLine: 2 },
        ],
      );
      assert.deepEqual([code, err], [0, '']);
    }));

  it('lists nothing for an empty folder', () =>
    inTemp(async (temp) => {
      assert.deepEqual(await bundle(temp, '--list'), { code: 0, out: '', err: '' });
    }));

  it('replaces an existing file by the tar, describes it and leaves no other file', () =>
    inTemp(async (temp) => {
      makeFolder(join(temp, 'app'), { 'a.py': 'x', 'd/b.py': '' });
      writeFileSync(join(temp, 'it.tar'), 'older');
      const { code, out, err } = await program(temp, ['app', '--out', 'it.tar']);
      const tar = readFileSync(join(temp, 'it.tar'));
      const sha256 = createHash('sha256').update(tar).digest('hex');
      assert.deepEqual(JSON.parse(out), { files: 2, bytes: tar.length, sha256 });
      assert.deepEqual([code, err, readdirSync(temp).sort()], [0, '', ['app', 'it.tar']]);
      assert.deepEqual(
        (await readTarFile(join(temp, 'it.tar'))).map(({ path }) => path),
        ['app/a.py', 'app/d/b.py'],
      );
    }));

  it('exits with 2 and one sentence if it fails', () =>
    inTemp(async (temp) => {
      makeFolder(join(temp, 'app'), { 'a.py': 'x', 'big/': '' });
      makeFolder(join(temp, 'empty'), {});
      makeFolder(join(temp, 'huge'), { 'small.txt': 'x', 'data/large.bin': '' });
      truncateSync(join(temp, 'huge/data/large.bin'), 2 ** 31);
      const at = (path: string): string => join(temp, path);
      const cases: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
        [[], /^Usage: /],
        [[at('app')], /^Usage: /],
        [[at('app'), '--list', '--out', 'x'], /^Usage: /],
        [[at('app'), '--out'], /^Usage: /],
        [[at('app'), 'empty', '--list'], /^Usage: /],
        [[at('app'), '--nonsense'], /^Usage: /],
        [[at('none'), '--list'], /none could not be read: it does not exist\./],
        [[at('app/a.py'), '--list'], /a\.py could not be read: it is not a folder\./],
        [[at('empty'), '--out', at('x.tar')], /^Nothing to send from .*empty: /],
        [
          [at('huge'), '--out', at('x.tar')],
          /limit of Batch Jobs: 2.* GiB\. Largest: data\/large\.bin \(2.* GiB\), small\.txt/,
        ],
        [[at('app'), '--out', at('none/x.tar')], /none: it does not exist\./],
        [[at('app'), '--out', at('empty')], /empty: it is a folder\./],
      ];
      for (const [args, sentence] of cases) {
        const { code, out, err } = await bundle(...args);
        assert.deepEqual([code, out], [2, ''], err);
        assert.match(err, sentence);
        assert.ok(!err.includes('\n'), err);
      }
      assert.deepEqual(readdirSync(temp).sort(), ['app', 'empty', 'huge']);
    }));

  it('exits with 2 and one sentence if the disk is full', () =>
    inTemp((temp) =>
      onSmallDisk(temp, async (disk) => {
        makeFolder(join(temp, 'app'), { large: Buffer.alloc(3 << 20) });
        const { code, out, err } = await bundle(join(temp, 'app'), '--out', join(disk, 'x.tar'));
        assert.deepEqual([code, out, readdirSync(disk)], [2, '', []]);
        assert.match(err, /^Disk full: .*disk\. /);
      }),
    ));

  it('stops and deletes its output when it is interrupted', () =>
    inTemp(async (temp) => {
      makeFolder(join(temp, 'app'), { large: '' });
      mkdirSync(join(temp, 'out'));
      truncateSync(join(temp, 'app/large'), 2 ** 31 - 1);
      const { code, err } = await program(temp, ['app', '--out', 'out/x.tar'], (child) => {
        const look = (): void => {
          if (readdirSync(join(temp, 'out')).length > 0) child.kill('SIGTERM');
          else if (child.exitCode === null) setTimeout(look, 20);
        };
        look();
      });
      assert.deepEqual(
        [code, err, readdirSync(join(temp, 'out'))],
        [2, 'Cancelled. Nothing was written.\n', []],
      );
    }));
});
