import { open, stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { oneLine } from '../../core/printable.js';
import { JobError } from '../../core/problem.js';
import type { Say } from '../../core/say.js';
import type { HostFiles } from './folders.js';
import type { Host } from './host.js';

/** A file at one moment, and a part of its bytes. */
export interface Look {
  /** Another one under the same name has another id. */
  readonly id: string;
  readonly size: number;
  /** From the offset that was asked for; empty at its end. */
  readonly bytes: Uint8Array;
}

/** Looks at growing files. One question at a time. */
export interface Looker {
  /**
   * At most `most` bytes from `offset` on; undefined: there is no such file (yet).
   * @throws {@link JobError} of kind `offline`, `refused` where it may not be read or is no file.
   */
  readonly look: (path: string, offset: number, most: number) => Promise<Look | undefined>;
  readonly close: () => void;
}

/** The most bytes of one look. */
export const mostLooked = 262_144;

/** A looker; on another host it is one small program that answers as long as it is open, so that looking costs no login. */
export const looker = (files: HostFiles, signal: AbortSignal): Looker =>
  files.host.isRemote ? remoteLooker(files, signal) : localLooker(files);

function localLooker({ place, say }: HostFiles): Looker {
  return {
    look: async (path, offset, most) => {
      try {
        const about = await stat(path);
        if (!about.isFile()) throw notAFile(place, path, say);
        const file = await open(path);
        try {
          const { size, ino } = await file.stat();
          const buffer = Buffer.alloc(Math.max(0, Math.min(most, size - offset)));
          const { bytesRead } =
            buffer.length > 0 ? await file.read(buffer, 0, buffer.length, offset) : { bytesRead: 0 };
          return { id: String(ino), size, bytes: buffer.subarray(0, bytesRead) };
        } finally {
          await file.close();
        }
      } catch (error) {
        if (error instanceof JobError) throw error;
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
        throw new JobError(
          { kind: 'refused', place, words: say('{0} may not be read', path) },
          { cause: error },
        );
      }
    },
    close: () => undefined,
  };
}

const notAFile = (place: string, path: string, say: Say): JobError =>
  new JobError({ kind: 'refused', place, words: say('{0} is no regular file', path) });

/**
 * Answers, for each three lines (path, offset, most), with `mark id size`, the bytes, and `mark.` on a line of its own.
 * Ends with its input, so none is left behind by a window that is gone.
 */
const program = `
mark=$1
set -f
while IFS= read -r path && IFS= read -r offset && IFS= read -r most; do
  if [ ! -e "$path" ]; then echo "$mark none 0"
  elif [ ! -f "$path" ]; then echo "$mark other 0"
  elif [ ! -r "$path" ]; then echo "$mark closed 0"
  else
    set -- $(LC_ALL=C ls -Lind -- "$path" 2>/dev/null)
    echo "$mark \${1:-none} \${6:-0}"
    if [ "\${6:-0}" -gt "$offset" ]; then tail -c "+$((offset + 1))" -- "$path" | head -c "$most"; fi
  fi
  printf '\\n%s.\\n' "$mark"
done
`;

function remoteLooker({ host, place, say }: HostFiles, signal: AbortSignal): Looker {
  const mark = `look-${randomBytes(8).toString('hex')}`;
  let reader: Reader | undefined;
  const stop = (): void => {
    reader?.stop(signal.reason);
    reader = undefined;
  };
  signal.addEventListener('abort', stop, { once: true });

  return {
    look: async (path, offset, most) => {
      signal.throwIfAborted();
      if (/[\r\n]/.test(path))
        throw new JobError({ kind: 'refused', place, words: say('{0} cannot be read', oneLine(path)) });
      const used = (reader ??= startReader(host, mark));
      const question = `${path}\n${String(offset)}\n${String(Math.min(most, mostLooked))}\n`;
      try {
        const answer = await used.ask(question);
        if (answer) return readLook(answer, mark, path, { place, say });
        throw new JobError({ kind: 'offline', place, why: say('the program that reads logs has ended') });
      } catch (error) {
        // The next look begins anew.
        used.stop();
        if (reader === used) reader = undefined;
        throw error;
      }
    },
    close: () => {
      signal.removeEventListener('abort', stop);
      stop();
    },
  };
}

/** The small program, started. */
interface Reader {
  /** Everything up to the mark that ends an answer; undefined: the program has ended. */
  readonly ask: (question: string) => Promise<Buffer | undefined>;
  readonly stop: (reason?: unknown) => void;
}

function startReader(host: Host, mark: string): Reader {
  const life = new AbortController();
  const running = host.start({ argv: ['sh', '-c', program, 'sh', mark] }, life.signal);
  running.then(({ end }) => end).catch(() => undefined);
  const last = Buffer.from(`\n${mark}.\n`);
  let answers: AsyncIterator<Buffer> | undefined;
  return {
    ask: async (question) => {
      const { input, output, end } = await running;
      answers ??= (output as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
      input.write(question);
      let all = Buffer.alloc(0);
      for (;;) {
        const part = await answers.next();
        if (part.done) {
          await end;
          return undefined;
        }
        all = Buffer.concat([all, part.value]);
        if (all.subarray(-last.length).equals(last)) return all.subarray(0, -last.length);
      }
    },
    stop: (reason) => life.abort(reason),
  };
}

function readLook(
  text: Buffer,
  mark: string,
  path: string,
  { place, say }: Pick<HostFiles, 'place' | 'say'>,
): Look | undefined {
  const lineEnd = text.indexOf(10);
  const line = text.subarray(0, lineEnd < 0 ? undefined : lineEnd).toString('latin1');
  const [said, id = '', size = ''] = line.split(' ');
  if (id === 'none') return undefined;
  if (id === 'other') throw notAFile(place, path, say);
  if (id === 'closed')
    throw new JobError({ kind: 'refused', place, words: say('{0} may not be read', path) });
  if (said !== mark || !/^\d+ \d+$/.test(`${id} ${size}`))
    throw new JobError({ kind: 'badAnswer', place, what: 'a look at a log' });
  return { id, size: Number(size), bytes: lineEnd < 0 ? Buffer.alloc(0) : text.subarray(lineEnd + 1) };
}
