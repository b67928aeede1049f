import { createHash, randomBytes } from 'node:crypto';
import { mkdir, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { getErrorCode, hasErrorCode, isMissing } from '../../../lib/errno.js';
import { readBytes, writeAtomic } from '../../../lib/node/files.js';
import { renameOver } from '../../../lib/node/renameOver.js';
import { isWithin } from '../../../lib/node/paths.js';
import { serverDirectory } from '../serverUrl.js';
import { parseAuth, signInOf, writeAuth, type AuthValues, type KeptSignIn } from './authFile.js';

/** More than this is no `auth.toml`, in bytes. */
const mostBytes = 1_048_576;

/** Whose depot it is. */
export interface Depot {
  readonly env: NodeJS.ProcessEnv;
  /** The user's home folder, absolute. */
  readonly home: string;
}

/**
 * The absolute path of Julia's first depot: the first entry of `JULIA_DEPOT_PATH`, else `~/.julia`.
 *
 * @param separator - Between entries; that of this system where it is not given.
 *
 * Source: docs/protocols/juliahub.md, 1.2.
 */
export function depotFolder({ env, home }: Depot, separator: string = delimiter): string {
  const [first = ''] = (env['JULIA_DEPOT_PATH'] ?? '').split(separator);
  // An empty entry stands for the default ones. Source: Julia manual, "Environment Variables".
  if (first === '') return join(home, '.julia');
  return resolve(first.replace(/^~(?=$|[\\/])/, () => home));
}

/** The absolute path of the file in which Julia keeps the sign-in to a server. Source: docs/protocols/juliahub.md, 1.2. */
export const authPath = (depot: Depot, server: string): string =>
  join(depotFolder(depot), 'servers', serverDirectory(server), 'auth.toml');

/** A path as users write it, with `~` for their home. */
export const homely = (path: string, home: string): string =>
  isWithin(path, home) ? `~${path.slice(home.length)}` : path;

/** True inside a job of JuliaHub, where the platform itself keeps the file fresh. Source: docs/protocols/juliahub.md, 1.2. */
export const isInsideJob = (env: NodeJS.ProcessEnv): boolean => (env['JRUN_NAME'] ?? '') !== '';

/** Reads an `auth.toml`; undefined: it is not there; `unreadable`: it is, and holds no sign-in. */
export async function readAuthFile(path: string): Promise<KeptSignIn | 'unreadable' | undefined> {
  try {
    const { mtime } = await stat(path);
    const values = parseAuth((await readBytes(path, mostBytes)).toString('utf8'));
    return (values && signInOf(values, mtime)) ?? 'unreadable';
  } catch (error) {
    return isMissing(error) ? undefined : 'unreadable';
  }
}

/** Makes the folder of an `auth.toml`, for the user's eyes alone. */
export async function makeAuthFolder(path: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder, { mode: 0o700, recursive: true });
}

/** Writes an `auth.toml` in one step, for the user's eyes alone; its folder is there. */
export async function writeAuthFile(path: string, values: AuthValues): Promise<void> {
  // A link stays one: what it leads to is written.
  const target = await realpath(path).catch(() => path);
  await writeAtomic(target, writeAuth(values), { flush: true });
}

/**
 * Renames an `auth.toml`, as JuliaHub.jl does before it signs in anew; nothing happens where there is none.
 *
 * Source: docs/protocols/juliahub.md, 1.7.
 */
export async function setAsideAuthFile(path: string): Promise<void> {
  const text = await readBytes(path, mostBytes).catch((error: unknown) => {
    if (getErrorCode(error) === undefined) return randomBytes(8); // no file, or one of any length
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (text === undefined) return;
  const hash = createHash('sha1').update(text).digest('hex').slice(0, 8);
  await renameOver(path, `${path}.${hash}.backup`);
}
