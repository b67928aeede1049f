import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../core/domain/ports.js';
import { toOneLine } from '../lib/sanitize.js';
import { JobError } from '../core/domain/problem.js';
import { withTimeout } from '../lib/time.js';
import type { HostCommand, ProgramExit, Host } from './host.js';
import { hasErrorCode } from '../lib/errno.js';

/** The output and exit code of a program. */
export interface RunResult extends ProgramExit {
  readonly output: string;
}

/** The options of {@link runOnHost}. */
export interface HostRunOptions {
  /** Its standard input; empty by default. */
  readonly input?: string | Readable;
  /** The encoding of its output; `latin1` preserves each byte as a character. Default: `utf8`. */
  readonly encoding?: 'utf8' | 'latin1';
  /** The timeout in milliseconds. */
  readonly ms: number;
  readonly clock: Clock;
}

/** The maximum size of the output, in bytes; more is an error. */
const maxOutputBytes = 64 * 1024 * 1024;

/**
 * Runs a program until it exits.
 *
 * @throws {@link JobError} of kind `offline` (timeout, lost connection), `missingTool`, `badAnswer`.
 */
export function runOnHost(
  host: Host,
  command: HostCommand,
  { input = '', encoding = 'utf8', ms, clock }: HostRunOptions,
  signal: AbortSignal,
): Promise<RunResult> {
  const [program = ''] = command.argv;
  const late = (): Error =>
    new JobError({
      kind: 'offline',
      place: host.name,
      why: `${program} did not respond within ${String(Math.round(ms / 1000))} s`,
    });
  const long = validateLengths(command);
  if (long !== undefined) return Promise.reject(new JobError({ kind: 'invalid', why: long }));
  return withTimeout(
    (its) => runToEnd(host, command, { input, encoding }, its),
    { ms, late, clock },
    signal,
  ).catch((error: unknown) => {
    if (!hasErrorCode(error, 'E2BIG')) throw error;
    const why = `The arguments and environment variables of ${program} are too long in total.`;
    throw new JobError({ kind: 'invalid', why }, { cause: error });
  });
}

/** Linux's limit for one argument, or one variable with its name, in bytes. Source: execve(2). */
const maxArgumentBytes = 131_071;

/** A sentence about an argument or variable that is too long; undefined if there is none. */
function validateLengths({ argv, env = {} }: HostCommand): string | undefined {
  const isLong = (text: string): boolean =>
    text.length > maxArgumentBytes / 4 && Buffer.byteLength(text) > maxArgumentBytes;
  const name = Object.keys(env).find((one) => isLong(`${one}=${env[one] ?? ''}`));
  if (name !== undefined)
    return `The variable ${name} exceeds the 128 KB that a program can receive. Put its value in a file.`;
  const argument = argv.find(isLong);
  if (argument === undefined) return undefined;
  const begin = toOneLine(argument.slice(0, 100), 40);
  return `The argument "${begin}" exceeds the 128 KB that a program can receive. Put it in a file.`;
}

async function runToEnd(
  host: Host,
  command: HostCommand,
  { input, encoding }: Required<Pick<HostRunOptions, 'input' | 'encoding'>>,
  signal: AbortSignal,
): Promise<RunResult> {
  const source = typeof input === 'string' ? Readable.from(input === '' ? [] : [input]) : input;
  // If a program stops reading its input, its exit code counts. If the source fails, even while the program
  // starts, its error counts.
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
  // It may have exited already.
  if (sink.destroyed || sink.writableEnded) close();
  // A child process may keep the pipe open after the program was stopped.
  const sent = pipeline(source, sink, { signal }).catch(() => undefined);
  const [parts, ended] = await Promise.all([readAll(output, host, command), end, sent]);
  if (broken instanceof Error) throw broken;
  return { ...ended, output: parts.toString(encoding) };
}

async function readAll(output: Readable, { name: place }: Host, { argv }: HostCommand): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of output as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxOutputBytes)
      throw new JobError({ kind: 'badAnswer', place, what: `${argv[0] ?? ''}, response too large` });
    parts.push(part);
  }
  return Buffer.concat(parts);
}
