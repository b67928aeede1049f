import { mkdir, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { encodeName, isWritableName, toSystemPath } from '../lib/byteNames.js';
import type { ConfirmToolFiles } from '../core/domain/ports.js';
import { JobError } from '../core/domain/problem.js';
import { getNameEffect, parseRepositoryPart } from '../lib/toolNames.js';
import { toDiskError } from '../core/domain/diskError.js';
import { hasErrorCode } from '../lib/errno.js';

/** Unpacks the wanted files of a tar, plain or gzipped, into a folder, and writes nothing outside it. */
export type UnpackTar = (
  tar: string,
  into: string,
  signal: AbortSignal,
  isWanted: (name: string) => boolean,
) => Promise<void>;

/** The size of a block of a tar; the first one is the header of the first file. */
const blockBytes = 512;

/** The number of bytes read: enough for a gzipped header, too few for a decompression bomb. */
const headBytes = 4_096;

/**
 * True for a tar, plain or gzipped, according to the checksum of its first header; false if it cannot be
 * read.
 */
export async function isTar(path: string): Promise<boolean> {
  try {
    const head = await readHead(path);
    const isGzip = head[0] === 0x1f && head[1] === 0x8b;
    // The input is truncated intentionally.
    const plain = isGzip ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }) : head;
    return isHeader(plain.subarray(0, blockBytes));
  } catch {
    return false;
  }
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(toSystemPath(path), 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Source: POSIX.1-1988, tar interchange format: octal checksum at 148, computed with spaces in its place. */
function isHeader(block: Uint8Array): boolean {
  if (block.length < blockBytes) return false;
  const told = /^ *([0-7]{1,7})[\0 ]/.exec(Buffer.from(block.subarray(148, 156)).toString('latin1'))?.[1];
  const sum = block.reduce((before, byte, at) => before + (at >= 148 && at < 156 ? 32 : byte), 0);
  return told !== undefined && Number.parseInt(told, 8) === sum;
}

/** The dependencies of {@link unpackBeside}. */
export interface UnpackDeps {
  readonly unpackTar: UnpackTar;
  readonly wantsTools: ConfirmToolFiles | undefined;
  readonly platform: NodeJS.Platform;
}

/**
 * Unpacks a tar into a new folder next to it with a similar name, and returns the folder's path. On failure,
 * nothing remains.
 *
 * @throws {@link JobError} of kind `unsafeName`, `diskFull`, `disk`.
 */
export async function unpackBeside(tar: string, deps: UnpackDeps, signal: AbortSignal): Promise<string> {
  const folder = await createUniqueFolder(
    dirname(tar),
    basename(tar).replace(/\.(tar|tar\.gz|tgz)$/i, '') || 'unpacked',
  );
  try {
    await unpackSafely(tar, folder, deps, signal);
    return folder;
  } catch (error) {
    // The first failure is the one to report.
    await rm(toSystemPath(folder), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    if (error instanceof JobError && error.problem.kind === 'unreadable')
      throw new JobError({ kind: 'disk', path: tar, why: error.problem.why }, { cause: error });
    throw error;
  }
}

/** Unpacks all files except those that programs act on; these follow in a second pass if they are wanted. */
async function unpackSafely(
  tar: string,
  folder: string,
  { unpackTar, wantsTools, platform }: UnpackDeps,
  signal: AbortSignal,
): Promise<void> {
  const never = new Set<string>();
  const tools = new Set<string>();
  const settings: (readonly [name: string, folder: string])[] = [];
  const heads = new Set<string>();
  await unpackTar(tar, folder, signal, (name) => {
    const effect = getNameEffect(name);
    if (effect === 'git' || !isWritableName(name, platform)) never.add(name);
    else if (effect === 'tool') tools.add(name);
    else {
      const part = parseRepositoryPart(name);
      if (part?.kind === 'head') heads.add(part.folder);
      if (part?.kind === 'settings') settings.push([name, part.folder]);
      return true;
    }
    return false;
  });
  // Git considers the folder a repository and runs the programs in its configuration.
  for (const [name] of settings.filter(([, its]) => heads.has(its))) {
    await rm(toSystemPath(join(folder, name)), { recursive: true, force: true, maxRetries: 3 });
    tools.add(name);
  }
  if (never.size + tools.size === 0) return;
  const isWanted = (await wantsTools?.({ tools: [...tools], never: [...never] })) ?? false;
  if (isWanted && tools.size > 0) await unpackTar(tar, folder, signal, (name) => tools.has(name));
}

/** The maximum length of a name in file systems, in bytes. */
const maxNameBytes = 255;

/** Truncates a name to a number of bytes without splitting characters. */
function shortenName(name: string, maxBytes: number): string {
  const kept = Array.from(name);
  while (encodeName(kept.join('')).length > maxBytes) kept.pop();
  return kept.join('');
}

/** Creates a folder with this name, or with a number after it if the name exists. */
async function createUniqueFolder(parent: string, name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const end = number === 1 ? '' : ` (${number})`;
    const folder = join(parent, shortenName(name, maxNameBytes - end.length) + end);
    try {
      await mkdir(toSystemPath(folder));
      return folder;
    } catch (error) {
      if (!hasErrorCode(error, 'EEXIST')) throw toDiskError(error, folder, dirname(folder));
    }
  }
}
