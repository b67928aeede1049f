import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../core/domain/ports.js';
import { oneLine } from '../lib/printable.js';
import { JobError } from '../core/domain/problem.js';
import { withTimeout } from '../lib/time.js';
import type { Command, Ended, Host } from './host.js';
import { hasErrorCode } from '../lib/errno.js';

/** What a program said and how it ended. */
export interface Ran extends Ended {
  readonly output: string;
}

/** How a program is run. */
export interface RunOptions {
  /** What it reads; default: nothing. */
  readonly input?: string | Readable;
  /** How what it says is read; `latin1` keeps each byte as a character. Default: `utf8`. */
  readonly encoding?: 'utf8' | 'latin1';
  /** Without an end after this long it has failed. */
  readonly ms: number;
  readonly clock: Clock;
}

/** The most a program may say, in bytes; more is no answer. */
const mostBytes = 64 * 1024 * 1024;

/**
 * Runs a program to its end.
 *
 * @throws {@link JobError} of kind `offline` (no answer in time, the way to the host broke), `missingTool`, `badAnswer`.
 */
export function run(
  host: Host,
  command: Command,
  { input = '', encoding = 'utf8', ms, clock }: RunOptions,
  signal: AbortSignal,
): Promise<Ran> {
  const [program = ''] = command.argv;
  const late = (): Error =>
    new JobError({
      kind: 'offline',
      place: host.name,
      why: `${program} did not respond within ${String(Math.round(ms / 1000))} s`,
    });
  const long = longPart(command);
  if (long !== undefined) return Promise.reject(new JobError({ kind: 'invalid', why: long }));
  return withTimeout(
    (its) => toEnd(host, command, { input, encoding }, its),
    { ms, late, clock },
    signal,
  ).catch((error: unknown) => {
    if (!hasErrorCode(error, 'E2BIG')) throw error;
    const why = `The arguments and environment variables of ${program} are too long in total.`;
    throw new JobError({ kind: 'invalid', why }, { cause: error });
  });
}

/** The most bytes of one argument, or of one variable with its name, that Linux hands to a program. Source: execve(2). */
const maxPart = 131_071;

/** A sentence on what no program can be given; undefined: nothing is too long. */
function longPart({ argv, env = {} }: Command): string | undefined {
  const isLong = (text: string): boolean => text.length > maxPart / 4 && Buffer.byteLength(text) > maxPart;
  const name = Object.keys(env).find((one) => isLong(`${one}=${env[one] ?? ''}`));
  if (name !== undefined)
    return `The variable ${name} exceeds the 128 KB that a program can receive. Put its value in a file.`;
  const argument = argv.find(isLong);
  if (argument === undefined) return undefined;
  const begin = oneLine(argument.slice(0, 100), 40);
  return `The argument "${begin}" exceeds the 128 KB that a program can receive. Put it in a file.`;
}

async function toEnd(
  host: Host,
  command: Command,
  { input, encoding }: Required<Pick<RunOptions, 'input' | 'encoding'>>,
  signal: AbortSignal,
): Promise<Ran> {
  const source = typeof input === 'string' ? Readable.from(input === '' ? [] : [input]) : input;
  // A program that has seen enough closes its end; then its exit code counts. A source that fails is the reason, also
  // while the program is still being started.
  let broken: unknown;
  let isClosed = false;
  source.on('error', (error) => {
    if (!isClosed) broken ??= error;
  });
  const {
    input: sink,
    output,
    end,
  } = await host.start(command, signal).catch((error: unknown) => {
    source.destroy();
    throw error;
  });
  const close = (): void => {
    isClosed = true;
  };
  sink.once('error', close).once('close', close);
  // It may have ended before it was handed out.
  if (sink.destroyed || sink.writableEnded) close();
  // What reads it may outlive the program that was stopped, and would wait for more.
  const sent = pipeline(source, sink, { signal }).catch(() => undefined);
  const [parts, ended] = await Promise.all([allOf(output, host, command), end, sent]);
  if (broken instanceof Error) throw broken;
  return { ...ended, output: parts.toString(encoding) };
}

async function allOf(output: Readable, { name: place }: Host, { argv }: Command): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of output as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > mostBytes)
      throw new JobError({ kind: 'badAnswer', place, what: `${argv[0] ?? ''}, too long an answer` });
    parts.push(part);
  }
  return Buffer.concat(parts);
}
