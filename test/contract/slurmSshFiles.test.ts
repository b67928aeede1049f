import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackTar } from '../../src/bundle/unpack.js';
import type { JobRequest } from '../../src/core/domain/jobSpec.js';
import type { JobId } from '../../src/core/domain/job.js';
import { createFileDisk } from '../../src/store/fileDisk.js';
import { cluster, sshServer, type Cluster, type SshServer } from '../engines/cluster.js';
import { smallDisk } from '../engines/smallDisk.mjs';
import { tarOf } from './local.js';
import {
  cut,
  isResting,
  onlyFolder,
  overSsh,
  queued,
  sentenceOf,
  tidied,
  type OverSsh,
  type OverSshOptions,
} from './slurmSsh.js';
import { ended, isProblem, linesOf, never, request, submit, wholeLog } from './subject.js';
import { dryRun, listFiles, sendBundle } from '../fakes/backendCalls.js';

const sh = (text: string) => ({ name: 'job.sh', text: `#!/bin/bash\n${text}` });
const patienceMs = 20_000;

/**
 * Text that a shell, Slurm, or a line reader could misinterpret. `touch` would leave a file to search for.
 */
const touching = (name: string): string => `$(touch ${name}) \`touch ${name}\` ; touch ${name} #`;
const hostile = [
  `-rf|"q" 'a' \\ ü ${touching('spoiled')}`,
  '--help',
  'second\nline',
  ' two  blanks ',
  '*',
  '!x ~ %j $HOME',
  '日本語',
];

describe('Slurm over SSH: uploads and leftovers', () => {
  let slurm: Cluster;
  let server: SshServer;
  let temp: string;
  let ends: (() => Promise<void> | void)[];
  before(async function () {
    this.timeout(120_000);
    slurm = await cluster('accounting');
    server = await sshServer(slurm);
    temp = await mkdtemp(join(tmpdir(), 'bj-sources-'));
  });
  after(() => rm(temp, { recursive: true, force: true }));
  beforeEach(() => {
    ends = [];
  });
  afterEach(function () {
    return tidied(server, ends.reverse(), this.currentTest);
  });
  const connected = async (options?: OverSshOptions): Promise<OverSsh> => {
    const made = await overSsh(server, options);
    ends.push(made.end);
    return made;
  };
  const smallDiskOf = (bytes: number): string => {
    const { path, down } = smallDisk(bytes);
    ends.push(down);
    return path;
  };
  const sendFiles = async (
    { backend }: OverSsh,
    files: Readonly<Record<string, string>>,
    entry: string,
    more: Partial<JobRequest> = {},
  ): Promise<JobId> => {
    const bundle = await tarOf(temp, 'project', files);
    return sendBundle(backend, bundle, entry, { ...request('sent'), ...more }, never);
  };
  const done = async ({ backend }: OverSsh, id: JobId): Promise<readonly string[]> => {
    await ended({ backend, patienceMs }, id);
    return linesOf(await wholeLog(backend, id));
  };

  /** Files that an injected command would have left, wherever it may have run. */
  const spoiled = (): string =>
    [
      execFileSync('find', [server.home, '-name', 'spoiled'], { encoding: 'utf8' }),
      ...[process.cwd(), temp, tmpdir()].map((folder) => join(folder, 'spoiled')).filter(existsSync),
    ].join('');

  describe('a full disk', () => {
    it('of the cluster is reported, and leaves neither a folder nor a job', async function () {
      this.timeout(60_000);
      const root = smallDiskOf(2 ** 20);
      const to = await connected({ root });
      const full = `Disk full: Slurm: ${root}. Free some space and try again.`;
      const large = { 'main.sh': '#!/bin/bash\n', 'large.txt': 'x'.repeat(2 ** 22), 'z.txt': 'z' };
      assert.equal(await sentenceOf(sendFiles(to, large, 'main.sh')), full);
      assert.deepEqual(readdirSync(root), []);
      writeFileSync(join(root, 'others'), Buffer.alloc(2 ** 20 - 4096 * 3));
      const script = { name: 'long.sh', text: `#!/bin/bash\n${'# filling\n'.repeat(5_000)}` };
      assert.match(
        await sentenceOf(submit(to.backend, script)),
        new RegExp(String.raw`^Disk full: Slurm: ${root}(/[\d-]+-[0-9a-f]{8})?\. Free`),
      );
      assert.deepEqual(readdirSync(root), ['others']);
      assert.equal(to.ran('sbatch'), 0);
      assert.deepEqual(await queued(slurm), []);
    });

    it('of this machine is reported during a download, and no part of the file is kept', async function () {
      this.timeout(60_000);
      const to = await connected();
      const { backend } = to;
      const id = await submit(backend, sh('head -c 3000000 /dev/urandom >large.bin\n'));
      await done(to, id);
      const file = (await listFiles(backend, id, never)).find(({ name }) => name === 'large.bin');
      assert.equal(file?.bytes, 3_000_000);
      const parts = () => {
        assert.ok(backend.files?.read);
        return backend.files.read(id, file, never);
      };
      const disk = smallDiskOf(65_536);
      const { save } = createFileDisk(unpackTar, tmpdir());
      await assert.rejects(
        save(join(disk, 'large.bin'), parts(), never, { bytes: 3_000_000 }),
        isProblem('diskFull'),
      );
      assert.deepEqual(readdirSync(disk), []);
      await isResting(server);
      await save(join(temp, 'large.bin'), parts(), never, { bytes: 3_000_000 });
      const sent = readFileSync(join(onlyFolder(to), 'work/large.bin'));
      assert.ok(readFileSync(join(temp, 'large.bin')).equals(sent));
    });
  });

  it('an interrupted download is not kept, and arrives complete the second time', async function () {
    this.timeout(60_000);
    const to = await connected();
    const { backend } = to;
    const id = await submit(backend, sh('head -c 40000000 /dev/urandom >large.bin\n'));
    await done(to, id);
    const file = (await listFiles(backend, id, never)).find(({ name }) => name === 'large.bin');
    const { save } = createFileDisk(unpackTar, tmpdir());
    const into = await mkdtemp(join(temp, 'into-'));
    let came = 0;
    const coming = async function* (isCut: boolean): AsyncGenerator<Uint8Array> {
      assert.ok(backend.files?.read && file);
      for await (const part of backend.files.read(id, file, never)) {
        if (isCut && came < 2 ** 20 && came + part.length >= 2 ** 20) cut(server);
        came += part.length;
        yield part;
      }
    };
    const path = join(into, 'large.bin');
    const expected = { bytes: 40_000_000 };
    assert.equal(
      await sentenceOf(save(path, coming(true), never, expected)),
      'Slurm could not be reached: the connection was dropped.',
    );
    assert.ok(came < 40_000_000, 'it was cut in the middle');
    assert.deepEqual(readdirSync(into), []);
    await save(path, coming(false), never, expected);
    assert.ok(readFileSync(path).equals(readFileSync(join(onlyFolder(to), 'work/large.bin'))));
  });

  describe('a submission that Slurm rejects', () => {
    it('leaves no folder, for a script and for a bundle', async function () {
      this.timeout(60_000);
      const to = await connected();
      const more = { options: { partition: 'nowhere' } };
      const refused = /^Slurm rejected the request: .*invalid partition specified: nowhere/;
      assert.match(await sentenceOf(submit(to.backend, sh('true\n'), more)), refused);
      assert.match(await sentenceOf(sendFiles(to, { 'main.sh': '#!/bin/bash\n' }, 'main.sh', more)), refused);
      assert.deepEqual(to.folders(), []);
      assert.equal(to.ran('sbatch'), 2);
      assert.deepEqual(await queued(slurm), []);
    });

    it('leaves no folder when it is only tested, whether Slurm would accept it or not', async function () {
      this.timeout(60_000);
      const to = await connected();
      const bundle = await tarOf(temp, 'project', { 'main.sh': '#!/bin/bash\necho tried\n' });
      const work = { kind: 'bundle', entry: 'main.sh' } as const;
      const [name = ''] = hostile;
      const text = await dryRun(to.backend, work, bundle, request(name, { args: hostile }), never);
      assert.match(text, /# Slurm accepted the dry run:\n# {3}.* to start at .*\(UTC\)\n/);
      assert.match(text, /echo tried/);
      const script = { kind: 'script', script: sh('true\n') } as const;
      const options = { partition: 'nowhere' };
      assert.match(
        await dryRun(to.backend, script, undefined, request('tried', { options }), never),
        /# Slurm rejected the dry run:\n# {3}.*partition/,
      );
      assert.deepEqual(to.folders(), []);
      assert.deepEqual(await queued(slurm), []);
      assert.equal(spoiled(), '');
    });
  });

  describe('hostile texts', () => {
    /** In hexadecimal, so that no log and no shell alters the received bytes. */
    const telling = `printf '%s\\0' "$@" "$BJ_VALUE" | od -An -v -tx1 | tr -d ' \\n'; echo\n`;
    const told = (line: string | undefined): readonly string[] =>
      Buffer.from(line ?? '', 'hex')
        .toString()
        .split('\0')
        .slice(0, -1);

    it('arrive unchanged as names, arguments, and variables of jobs', async function () {
      this.timeout(60_000);
      const to = await connected();
      const come = async (name: string, at: number): Promise<void> => {
        const args = [...hostile.slice(at), ...hostile.slice(0, at), ''];
        const id = await submit(to.backend, sh(telling), { name, args, env: { BJ_VALUE: name } });
        const [line, ...more] = await done(to, id);
        assert.deepEqual(more, []);
        assert.deepEqual(told(line), [...args, name]);
        assert.equal((await to.backend.jobs.get(id, never))?.name, name);
      };
      // All wait with one signal, which is not a leak.
      setMaxListeners(0, never);
      await Promise.all(hostile.map(come));
      assert.equal(spoiled(), '');
    });

    it('arrive unchanged as names of files and of the script, and none of them is run', async function () {
      this.timeout(60_000);
      const to = await connected();
      const entry = `-${touching('spoiled').replaceAll('/', '')}\n'"|ü.py`;
      const files: Record<string, string> = {
        [entry]: `${telling}find . -type f -print0 | od -An -v -tx1 | tr -d ' \\n'; echo\n`,
        // Its interpreter: it does not read Python, but accepts the file name it is given.
        'bin/python3': '#!/bin/bash\nshift\nexec bash "$@"\n',
        ...Object.fromEntries(
          hostile.flatMap((name) => [
            [name, `in ${name}`],
            [`-d ${name}/${name}`, name],
          ]),
        ),
      };
      const options = { setup: 'chmod 700 bin/python3; PATH=$PWD/bin:$PATH' };
      const id = await sendFiles(to, files, entry, { args: hostile, env: { BJ_VALUE: 'x' }, options });
      const [line, names] = await done(to, id);
      assert.deepEqual(told(line), [...hostile, 'x']);
      const sorted = Object.keys(files).sort();
      assert.deepEqual([...told(names)].sort(), sorted.map((name) => `./${name}`).sort());

      const { read, script } = to.backend.files ?? {};
      assert.ok(read && script);
      const found = (await listFiles(to.backend, id, never)).filter(({ kind }) => kind !== 'log');
      assert.deepEqual(found.map(({ name }) => name).sort(), sorted);
      for (const file of found) {
        const parts: Uint8Array[] = [];
        for await (const part of read(id, file, never)) parts.push(part);
        assert.equal(Buffer.concat(parts).toString(), files[file.name]);
      }
      assert.equal((await script(id, never)).text, files[entry]);
      assert.equal(spoiled(), '');
    });
  });
});
