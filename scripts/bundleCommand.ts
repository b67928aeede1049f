// Bundles a folder like the extension: lists the files that would go into the tar, or writes it.
import { rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { findProgram } from '../src/lib/node/programs.js';
import { writeTar } from '../src/bundle/archive.js';
import { createFolderBundler } from '../src/bundle/bundler.js';
import { createUnwritableError } from '../src/bundle/fsErrors.js';
import { hasErrorCode } from '../src/lib/errno.js';
import { runPackWorker } from '../src/bundle/packWorker.js';
import { createNotice } from '../src/core/presentation/notice.js';
import type { FileDecision } from '../src/core/domain/ports.js';
import { isAbort, JobError } from '../src/core/domain/problem.js';

const usage = 'Usage: npm run --silent bundle -- FOLDER --list, or FOLDER --out FILE.';

/** Maximum total size of the files in a bundle. */
const limitBytes = 2 ** 31;

/** A failure described by one sentence. */
class Stop extends Error {}

type Task = { readonly folder: string } & ({ readonly list: true } | { readonly out: string });

function readArgs(args: readonly string[]): Task {
  const options = { list: { type: 'boolean' }, out: { type: 'string' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [folder, ...more] = positionals;
    if (!folder || more.length > 0 || (values.list === true) === (values.out !== undefined))
      throw new Stop(usage);
    return values.out === undefined ? { folder, list: true } : { folder, out: values.out };
  } catch {
    throw new Stop(usage);
  }
}

/** Destinations for the command's output lines and messages. */
interface Prints {
  readonly lines: (text: Iterable<string>) => Promise<void>;
  readonly sentence: (text: string) => void;
}

async function list(folder: string, signal: AbortSignal, prints: Prints): Promise<void> {
  const plan = await bundlerIn(undefined).plan(folder, signal);
  for (const warning of plan.warnings) prints.sentence(warning);
  const lines = function* (): Iterable<string> {
    for (const choice of plan.decisions) yield JSON.stringify(lineOf(choice));
  };
  await prints.lines(lines());
}

const lineOf = ({ path, type, bytes, included, rule, ruleFile, ruleLine }: FileDecision): object => ({
  path,
  type,
  size: bytes,
  included,
  rule,
  ruleFile,
  ruleLine,
});

async function write(folder: string, out: string, signal: AbortSignal, prints: Prints): Promise<void> {
  const to = resolve(out);
  const bundler = bundlerIn(dirname(to)); // in the same folder, so that it can replace the target atomically
  const packing = await bundler.pack(folder, limitBytes, () => undefined, signal);
  const bundle = await packing.bundle;
  const plan = (await packing.completed) ?? packing.plan;
  for (const warning of plan.warnings) prints.sentence(warning);
  try {
    await rename(bundle.file, to);
  } catch (error) {
    throw createUnwritableError(to, error);
  } finally {
    await bundler.discard(bundle);
  }
  const { files, bytes, sha256 } = bundle;
  await prints.lines([JSON.stringify({ files, bytes, sha256 })]);
}

/** This file is also the worker's program. */
const bundlerIn = (tempFolder: string | undefined): ReturnType<typeof createFolderBundler> =>
  createFolderBundler({
    program: fileURLToPath(import.meta.url),
    execArgv: ['--require', createRequire(import.meta.url).resolve('tsx/cjs')],
    julia: async () => {
      const program = await findProgram('julia', process.env['PATH']);
      return program === undefined ? undefined : { program, args: [] };
    },
    ...(tempFolder !== undefined && { tempFolder }),
  });

/** Runs the command line; returns the exit code: 0, or 2 after one sentence with the reason. */
export async function bundleCommand(
  args: readonly string[],
  signal: AbortSignal,
  prints: Prints,
): Promise<number> {
  try {
    const task = readArgs(args);
    if ('out' in task) await write(task.folder, task.out, signal, prints);
    else await list(task.folder, signal, prints);
    return 0;
  } catch (error) {
    prints.sentence(sentenceOf(error));
    return 2;
  }
}

function sentenceOf(error: unknown): string {
  if (isAbort(error)) return 'Cancelled. Nothing was written.';
  if (error instanceof JobError) return createNotice(error.problem).text;
  return error instanceof Error ? error.message : String(error);
}

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stop.abort();
    });
  }
  process.exitCode = await bundleCommand(process.argv.slice(2), stop.signal, {
    lines: async (lines) => {
      await pipeline(Readable.from(ended(lines)), process.stdout, { end: false }).catch((error: unknown) => {
        if (!hasErrorCode(error, 'EPIPE')) throw error; // the reader closed the pipe
      });
    },
    sentence: (text) => {
      console.error(text);
    },
  });
}

function* ended(lines: Iterable<string>): Iterable<string> {
  for (const line of lines) yield `${line}\n`;
}

if (!isMainThread) void runPackWorker(() => Promise.resolve({ writeTar }));
else if (process.argv[1] === fileURLToPath(import.meta.url)) void main();
