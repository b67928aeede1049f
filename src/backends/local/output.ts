import { execFileSync, type ChildProcess, type StdioOptions } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Readable } from 'node:stream';

/** How a runner receives a job's output. */
export interface JobOutput {
  readonly stdio: StdioOptions;
  /** Called after the start: passes each chunk to `take`, and resolves when every writer has closed its end. */
  readonly read: (child: ChildProcess, take: (chunk: Buffer) => void) => Promise<void>;
  /** Stops reading, even if a process still holds the other end. */
  readonly close: () => void;
}

/**
 * One pipe for stdout and stderr, so that their order is preserved. It is a named pipe whose name is removed
 * immediately: Node itself would create a socket, on which opening `/dev/stderr` fails. Two pipes if the system has
 * no named ones (Windows); there the order is that of arrival.
 */
export function openJobOutput(folder: string): JobOutput {
  const pipe = process.platform === 'win32' ? undefined : (createNamedPipe(folder) ?? createPipeElsewhere());
  return pipe ? createOnePipeOutput(pipe.reading, pipe.writing) : createTwoPipeOutput();
}

/** Used if the job's own disk has no named pipes: a new private folder. */
function createPipeElsewhere(): ReturnType<typeof createNamedPipe> {
  for (const parent of [process.env['XDG_RUNTIME_DIR'], tmpdir()]) {
    if (parent === undefined || !isAbsolute(parent)) continue;
    try {
      const folder = mkdtempSync(join(parent, 'batch-jobs-'));
      try {
        const pipe = createNamedPipe(folder);
        if (pipe) return pipe;
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    } catch {
      // Tries the next one.
    }
  }
  return undefined;
}

function createNamedPipe(folder: string): { reading: number; writing: number } | undefined {
  const path = join(folder, `pipe-${randomBytes(6).toString('hex')}`);
  try {
    execFileSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' });
    // Opened without waiting for a writer; then a writer need not wait either.
    const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { reading, writing: openSync(path, constants.O_WRONLY) };
  } catch {
    // Some file systems have no named pipes, and some systems lack the program.
    return undefined;
  } finally {
    rmSync(path, { force: true });
  }
}

function createOnePipeOutput(reading: number, writing: number): JobOutput {
  const socket = new Socket({ fd: reading, readable: true, writable: false });
  return {
    stdio: ['ignore', writing, writing],
    read: (_, take) => {
      closeSync(writing);
      return drainStream(socket, take);
    },
    close: () => {
      socket.destroy();
    },
  };
}

function createTwoPipeOutput(): JobOutput {
  let streams: readonly Readable[] = [];
  return {
    stdio: ['ignore', 'pipe', 'pipe'],
    read: async ({ stdout, stderr }, take) => {
      streams = [stdout, stderr].filter((stream) => stream !== null);
      await Promise.all(streams.map((stream) => drainStream(stream, take)));
    },
    close: () => {
      for (const stream of streams) stream.destroy();
    },
  };
}

function drainStream(stream: Readable, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', take);
    for (const event of ['end', 'close', 'error']) {
      stream.once(event, () => {
        resolve();
      });
    }
  });
}
