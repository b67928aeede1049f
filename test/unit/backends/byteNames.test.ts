import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { listLocalJobFiles as localFiles, readLocalJobFile } from '../../../src/backends/local/files.js';
import { getJobPaths } from '../../../src/backends/local/paths.js';
import { collectResults } from '../../../src/backends/local/results.js';
import type { LocalJobRecord } from '../../../src/backends/local/record.js';
import type { HostFileSystem } from '../../../src/remote/hostFiles.js';
import { createSlurmCalls } from '../../../src/backends/slurm/slurmCommands.js';
import { createJobFiles, type JobLocation } from '../../../src/backends/scheduler/jobFiles.js';
import { unpackTar } from '../../../src/bundle/unpack.js';
import { toJobId, type JobFile } from '../../../src/core/domain/job.js';
import { findFileByRowId, toFileRowId, createPartRows } from '../../../src/core/presentation/treeRows.js';
import { createFileDisk } from '../../../src/store/fileDisk.js';
import { backendOf, jobOf } from '../../fakes/jobs.js';
import { filesOf as hostFiles, inTemp, never, remote } from '../remote/doubles.js';

/**
 * File names that become equal when their bytes are decoded as UTF-8, and names that shells or systems could
 * misread.
 */
const names = [
  Buffer.from([0x63, 0x61, 0x66, 0xe9]),
  Buffer.from([0x63, 0x61, 0x66, 0xe8]),
  Buffer.from('caf\ufffd'),
  Buffer.from('\uefe9'),
  Buffer.from([0xe9, 0x0a]),
  Buffer.from([0xff, 0x25, 0x62, 0x5c, 0x30, 0x27, 0x20, 0x24, 0x78]), // %b\0' $x
  Buffer.from('T:300K.csv'),
  Buffer.from('back\\slash.txt'),
  Buffer.from('line\nfeed'),
  Buffer.from('실험 😀'),
];

const at = (folder: string, ...parts: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from(folder), ...parts.flatMap((part) => [Buffer.from('/'), part])]);

/** Writes a file with each name, and a file in a folder with each name; each file contains its own name. */
function fill(folder: string): void {
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(folder, 'in'));
  for (const name of names) {
    writeFileSync(at(folder, name), name);
    mkdirSync(at(join(folder, 'in'), name));
    writeFileSync(at(join(folder, 'in'), name, name), name);
  }
}

/** Lists, downloads and writes all files, and compares the result on disk. */
async function check(
  files: readonly JobFile[],
  download: (file: JobFile) => AsyncIterable<Uint8Array>,
  into: string,
): Promise<void> {
  assert.equal(files.length, 2 * names.length);
  const ids = files.map((file) => toFileRowId('c', 'j', file));
  assert.equal(new Set(ids).size, files.length, 'each row has a unique id');
  const disk = createFileDisk(unpackTar, tmpdir(), 'linux');
  for (const [index, file] of files.entries()) {
    assert.equal(findFileByRowId(ids[index] ?? '', files), file);
    const bytes = await buffer(Readable.from(download(file), { objectMode: false }));
    assert.equal(bytes.length, file.bytes);
    const path = await disk.resolveInside(into, file.name);
    await disk.save(path, download(file), never, { within: into });
  }
  for (const name of names) {
    assert.deepEqual(readFileSync(at(into, name)), name);
    assert.deepEqual(readFileSync(at(join(into, 'in'), name, name)), name);
  }
}

/** The files of a job on a cluster whose commands are never called. */
const filesOfJob = (files: HostFileSystem, place: JobLocation) =>
  createJobFiles({
    files,
    calls: createSlurmCalls({ host: files.host, place: files.place, bin: '', clock: files.clock }),
    scripts: undefined,
    isLog: () => false,
    findLocation: () => Promise.resolve(place),
    markSeen: () => Promise.resolve(),
  });

describe('files with arbitrary bytes in their names', () => {
  const record = { script: 'job.sh', work: 'script' } as unknown as LocalJobRecord; // SAFETY: no other member is read.

  for (const kind of ['result', 'output'] as const)
    it(`lists and downloads them under their names: ${kind} of a local job`, () =>
      inTemp(async (temp) => {
        const paths = getJobPaths(join(temp, 'job'));
        fill(kind === 'result' ? paths.results : paths.work);
        mkdirSync(join(temp, 'out'));
        const files = (await localFiles(paths, record, never)).filter((file) => file.kind === kind);
        await check(files, (file) => readLocalJobFile(paths, record, file, never), join(temp, 'out'));
      }));

  it('keeps them as results of a local job', () =>
    inTemp(async (temp) => {
      const paths = getJobPaths(join(temp, 'job'));
      const [odd = Buffer.alloc(0)] = names;
      for (const folder of [paths.notes, paths.results]) mkdirSync(folder, { recursive: true });
      fill(join(temp, 'made'));
      mkdirSync(at(temp, odd));
      writeFileSync(at(temp, odd, odd), odd);
      for (const from of [Buffer.from(join(temp, 'made')), at(temp, odd)]) {
        writeFileSync(join(paths.notes, 'RESULTS_FILE'), from);
        assert.equal(await collectResults(paths), undefined);
      }
      for (const name of names) assert.deepEqual(readFileSync(at(join(paths.results, 'made'), name)), name);
      assert.deepEqual(readFileSync(at(paths.results, odd, odd)), odd);
    }));

  for (const locale of ['C', 'C.UTF-8'])
    it(`lists and downloads them under their names: a Slurm job, with the locale ${locale}`, () =>
      inTemp(async (temp) => {
        fill(join(temp, 'job/work'));
        mkdirSync(join(temp, 'out'));
        const host = hostFiles(remote({ ...process.env, LC_ALL: locale }));
        const backend = filesOfJob(host, { folder: join(temp, 'job'), name: 'fit', script: undefined });
        const id = toJobId('1');
        await check(
          await backend.list(id, never),
          (file) => backend.read(id, file, never),
          join(temp, 'out'),
        );
      }));

  it('distinguishes them from submitted files by their modification times on a cluster', () =>
    inTemp(async (temp) => {
      const [odd = Buffer.alloc(0)] = names;
      mkdirSync(join(temp, 'work'));
      writeFileSync(at(join(temp, 'work'), odd), 'x');
      utimesSync(at(join(temp, 'work'), odd), 86_400, 86_400);
      const place = { folder: temp, name: 'fit', script: undefined };
      const backend = filesOfJob(hostFiles(remote()), place);
      assert.deepEqual(await backend.list(toJobId('1'), never), [
        { name: 'caf\uefe9', kind: 'input', bytes: 1 },
      ]);
    }));

  it('shows readable rows', () => {
    const file: JobFile = { name: 'caf\uefe9.csv', kind: 'output' };
    const row = createPartRows(backendOf({}), jobOf({}), [file]).find(
      ({ action: opens }) => opens === 'file',
    );
    assert.equal(row?.label, 'caf\\xe9.csv');
  });
});
