import assert from 'node:assert/strict';
import { appendFile, mkdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProgramYieldedError, type Host } from '../../../src/remote/host.js';
import { createLocalHost } from '../../../src/remote/localHost.js';
import {
  createHostFileReader,
  maxChunkBytes,
  type HostFileReader,
} from '../../../src/remote/hostFileReader.js';
import { isAbort, type JobProblem } from '../../../src/core/domain/problem.js';
import { filesOf, inTemp, never, problemOf, remote, until } from './doubles.js';

const textOf = async (
  look: HostFileReader,
  path: string,
  offset = 0,
  most = 1000,
): Promise<string | undefined> => {
  const seen = await look.read(path, offset, most);
  return seen && Buffer.from(seen.bytes).toString();
};

/** A host that counts the started and the finished programs. */
function counted(host: Host): { readonly host: Host; started: number; ended: number } {
  const counts = {
    host: {
      ...host,
      start: async (...args: Parameters<Host['start']>) => {
        const running = await host.start(...args);
        counts.started++;
        const count = (): void => {
          counts.ended++;
        };
        running.end.then(count, count);
        return running;
      },
    },
    started: 0,
    ended: 0,
  };
  return counts;
}

for (const [where, host] of [
  ['this machine', createLocalHost('here', process.env)],
  ['another host', remote()],
] as const)
  describe(`reading growing files on ${where}`, () => {
    let folder: string;
    let path: string;
    let look: HostFileReader;
    const at = (run: () => Promise<void>) => (): Promise<void> =>
      inTemp(async (temp) => {
        folder = temp;
        path = join(folder, " it's $x\\n *.log");
        look = createHostFileReader(filesOf(host), never);
        try {
          await run();
        } finally {
          look.close();
        }
      });

    it(
      'returns the bytes after a position, and the length of the file',
      at(async () => {
        await writeFile(path, 'one\ntwo\n');
        const all = await look.read(path, 0, 100);
        assert.equal(Buffer.from(all?.bytes ?? []).toString(), 'one\ntwo\n');
        assert.equal(all?.size, 8);
        assert.equal(await textOf(look, path, 4), 'two\n');
        assert.equal(await textOf(look, path, 4, 2), 'tw');
        assert.equal(await textOf(look, path, 8), '');
        assert.equal(await textOf(look, path, 800), '');
        assert.equal(await textOf(look, path, Number.MAX_SAFE_INTEGER, 0), '');
        await appendFile(path, 'three');
        assert.equal(await textOf(look, path, 8), 'three');
      }),
    );

    it(
      'returns all bytes unchanged, with no or many newlines at the end',
      at(async () => {
        const bytes = Buffer.from([0, 255, 10, 13, 10, 10, 0, 128, 10]);
        for (const end of [bytes.length, bytes.length - 1, 1]) {
          await writeFile(path, bytes.subarray(0, end));
          assert.deepEqual(Buffer.from((await look.read(path, 0, 100))?.bytes ?? []), bytes.subarray(0, end));
        }
      }),
    );

    it(
      'returns a large file in chunks',
      at(async () => {
        const text = Array.from({ length: 60_000 }, (_, line) => `line ${String(line)}\n`).join('');
        await writeFile(path, text);
        let read = '';
        while (read.length < text.length)
          read += (await textOf(look, path, read.length, maxChunkBytes)) ?? '';
        assert.equal(read, text);
      }),
    );

    it(
      'distinguishes a replaced file with the same name, and a shorter one',
      at(async () => {
        await writeFile(path, 'one');
        const first = await look.read(path, 0, 10);
        await truncate(path, 1);
        const cut = await look.read(path, 0, 10);
        assert.deepEqual([cut?.id, cut?.size], [first?.id, 1]);
        await writeFile(join(folder, 'other'), 'two');
        await rename(join(folder, 'other'), path);
        const second = await look.read(path, 0, 10);
        assert.notEqual(second?.id, first?.id);
        assert.match(second?.id ?? '', /^\d+$/);
      }),
    );

    it(
      'follows links, and waits for a missing file',
      at(async () => {
        assert.equal(await look.read(path, 0, 10), undefined);
        assert.equal(await look.read(join(path, 'below'), 0, 10), undefined);
        await symlink(path, join(folder, 'link'));
        assert.equal(await look.read(join(folder, 'link'), 0, 10), undefined);
        await writeFile(path, 'one');
        assert.equal(await textOf(look, join(folder, 'link')), 'one');
        await rm(path);
        assert.equal(await look.read(path, 0, 10), undefined);
      }),
    );

    it(
      'reports what is not a file, and continues',
      at(async () => {
        await mkdir(path);
        const refused: JobProblem = {
          kind: 'refused',
          place: 'Alpha',
          words: `${path} is not a regular file`,
        };
        assert.deepEqual(await problemOf(look.read(path, 0, 10)), refused);
        assert.match(
          JSON.stringify(await problemOf(look.read('/dev/null', 0, 10))),
          /\/dev\/null is not a regular file/,
        );
        await writeFile(join(folder, 'a'), 'one');
        assert.equal(await textOf(look, join(folder, 'a')), 'one');
      }),
    );
  });

describe('the reader program on a remote host', () => {
  it('is shared by all reads, starts with the first, and exits when it is released', async () => {
    await inTemp(async (folder) => {
      const counts = counted(remote());
      const look = createHostFileReader(filesOf(counts.host), never);
      assert.equal(counts.started, 0);
      for (let turn = 0; turn < 3; turn++) await look.read(join(folder, 'x'), 0, 10);
      assert.deepEqual([counts.started, counts.ended], [1, 0]);
      look.close();
      look.close();
      await until(() => counts.ended === 1);
    });
  });

  it('exits also after a read failed', async () => {
    const counts = counted(remote());
    const look = createHostFileReader(filesOf(counts.host), never);
    await problemOf(look.read('/dev/null', 0, 10));
    await look.read('/nowhere', 0, 10);
    look.close();
    await until(() => counts.ended === counts.started);
  });

  it('exits with the signal, and the pending read is aborted', async () => {
    const counts = counted(remote());
    const stop = new AbortController();
    const hanging: Host = {
      ...counts.host,
      start: (_, signal) => counts.host.start({ argv: ['sleep', '60'] }, signal),
    };
    const look = createHostFileReader(filesOf(hanging), stop.signal);
    const waiting = look.read('/x', 0, 10);
    await until(() => counts.started === 1);
    stop.abort();
    await assert.rejects(waiting, isAbort);
    await until(() => counts.ended === 1);
    await assert.rejects(look.read('/x', 0, 10), isAbort);
    assert.equal(counts.started, 1);
  });

  it('is restarted after it has failed', async () => {
    await inTemp(async (folder) => {
      let isBroken = true;
      const host = remote();
      const breaking: Host = {
        ...host,
        start: (command, signal) => host.start(isBroken ? { argv: ['true'] } : command, signal),
      };
      const look = createHostFileReader(filesOf(breaking), never);
      await writeFile(join(folder, 'a'), 'one');
      assert.equal((await problemOf(look.read(join(folder, 'a'), 0, 10))).kind, 'offline');
      isBroken = false;
      assert.equal(await textOf(look, join(folder, 'a')), 'one');
      look.close();
    });
  });

  it('is shared by all readers of a host, and exits with the last of them', async () => {
    await inTemp(async (folder) => {
      const counts = counted(remote());
      const files = filesOf(counts.host);
      const looks = Array.from({ length: 10 }, () => createHostFileReader(files, never));
      for (const [at] of looks.entries()) await writeFile(join(folder, String(at)), `text ${String(at)}`);
      const texts = await Promise.all(looks.map((look, at) => textOf(look, join(folder, String(at)))));
      assert.deepEqual(
        texts,
        looks.map((_, at) => `text ${String(at)}`),
      );
      assert.equal(counts.started, 1);
      for (const look of looks.slice(1)) look.close();
      assert.equal(await textOf(looks[0] ?? createHostFileReader(files, never), join(folder, '0')), 'text 0');
      assert.deepEqual([counts.started, counts.ended], [1, 0]);
      looks[0]?.close();
      await until(() => counts.ended === 1);
    });
  });

  it('continues for the other readers if one aborts in the middle', async () => {
    await inTemp(async (folder) => {
      await writeFile(join(folder, 'a'), 'one');
      const files = filesOf(remote());
      const stop = new AbortController();
      const [stopped, other] = [createHostFileReader(files, stop.signal), createHostFileReader(files, never)];
      const looks = [stopped.read(join(folder, 'a'), 0, 10), textOf(other, join(folder, 'a'))] as const;
      stop.abort();
      await assert.rejects(looks[0], isAbort);
      assert.equal(await looks[1], 'one');
      other.close();
    });
  });

  it('runs briefly if the host has little capacity, and serves all pending requests', async () => {
    await inTemp(async (folder) => {
      await writeFile(join(folder, 'a'), 'one');
      const counts = counted({ ...remote(), isNarrow: () => true });
      const looks = [1, 2, 3, 4, 5].map(() => createHostFileReader(filesOf(counts.host), never));
      const all = (): Promise<readonly (string | undefined)[]> =>
        Promise.all(looks.map((look) => textOf(look, join(folder, 'a'))));
      assert.deepEqual(await all(), ['one', 'one', 'one', 'one', 'one']);
      // The first request, and those that came meanwhile.
      assert.ok(counts.started <= 2, `${counts.started} programs`);
      await until(() => counts.ended === counts.started);
      assert.deepEqual(await all(), ['one', 'one', 'one', 'one', 'one']);
      for (const look of looks) look.close();
    });
  });

  it('repeats a request that was interrupted for other work', async () => {
    await inTemp(async (folder) => {
      await writeFile(join(folder, 'a'), 'one');
      const counts = counted(remote());
      const room = new ProgramYieldedError({ kind: 'offline', place: 'Alpha', why: 'room' });
      let isNarrow = false;
      const host: Host = {
        ...counts.host,
        isNarrow: () => isNarrow,
        start: async (command, signal) => {
          if (isNarrow) return counts.host.start(command, signal);
          const { output, ...hanging } = await counts.host.start({ argv: ['sleep', '60'] }, signal);
          setTimeout(() => {
            isNarrow = true;
            output.destroy(room);
          }, 20);
          return { ...hanging, output };
        },
      };
      const look = createHostFileReader(filesOf(host), never);
      assert.equal(await textOf(look, join(folder, 'a')), 'one');
      look.close();
    });
  });

  it('does not receive a path that would be read as more than one line', async () => {
    const look = createHostFileReader(filesOf(remote()), never);
    assert.equal((await problemOf(look.read('/tmp/a\n/etc/passwd', 0, 10))).kind, 'refused');
    look.close();
  });
});
