// Bundles a folder as the extension does: lists what would go into the tar, or writes it.
import { rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { folderBundler } from '../src/bundle/bundler.js';
import { unwritable } from '../src/bundle/readProblem.js';
import { runWorker } from '../src/bundle/worker.js';
import { noticeOf } from '../src/core/notice.js';
import type { Choice } from '../src/core/ports.js';
import { isAbort, JobError } from '../src/core/problem.js';
import { plainSay } from '../src/core/say.js';

const usage = 'Usage: npm run --silent bundle -- FOLDER --list, or FOLDER --out FILE.';

/** The largest sum of the files' sizes that is packed. */
const limitBytes = 2 ** 31;

/** A failure that one sentence explains. */
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

async function list(folder: string, signal: AbortSignal): Promise<void> {
  const plan = await bundlerIn(undefined).plan(folder, signal);
  for (const warning of plan.warnings) console.error(warning);
  const lines = function* (): Iterable<string> {
    for (const choice of plan.choices) yield `${JSON.stringify(lineOf(choice))}\n`;
  };
  await pipeline(Readable.from(lines()), process.stdout, { end: false });
}

function lineOf({ path, type, bytes, included, rule, ruleFile, ruleLine }: Choice): object {
  return { path, type, size: bytes, included, rule, ruleFile, ruleLine };
}

async function write(folder: string, out: string, signal: AbortSignal): Promise<void> {
  const to = resolve(out);
  const bundler = bundlerIn(dirname(to));
  const packing = await bundler.pack(folder, limitBytes, () => undefined, signal);
  for (const warning of packing.plan.warnings) console.error(warning);
  const bundle = await packing.bundle;
  try {
    await rename(bundle.file, to);
  } catch (error) {
    throw unwritable(to, error);
  } finally {
    await bundler.discard(bundle);
  }
  const { files, bytes, sha256 } = bundle;
  console.log(JSON.stringify({ files, bytes, sha256 }));
}

/** This file is the worker's program too. */
const bundlerIn = (tempFolder: string | undefined): ReturnType<typeof folderBundler> =>
  folderBundler({
    program: fileURLToPath(import.meta.url),
    execArgv: ['--require', createRequire(import.meta.url).resolve('tsx/cjs')],
    ...(tempFolder !== undefined && { tempFolder }),
  });

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stop.abort();
    });
  }
  try {
    const task = readArgs(process.argv.slice(2));
    if ('out' in task) await write(task.folder, task.out, stop.signal);
    else await list(task.folder, stop.signal);
    process.exitCode = 0;
  } catch (error) {
    console.error(sentence(error));
    process.exitCode = 2;
  }
}

function sentence(error: unknown): string {
  if (isAbort(error)) return 'Cancelled; nothing was written.';
  if (error instanceof JobError) return noticeOf(error.problem, plainSay).text;
  return error instanceof Error ? error.message : String(error);
}

void (isMainThread ? main() : runWorker());
