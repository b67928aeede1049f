import { createHash, randomBytes } from 'node:crypto';
import { mkdir, realpath, stat } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { getErrorCode, hasErrorCode, isMissing } from '../../../lib/errno.js';
import { readBytes, writeAtomic } from '../../../lib/node/files.js';
import { renameOver } from '../../../lib/node/renameOver.js';
import { isWithin } from '../../../lib/node/paths.js';
import { getServerDirectory } from '../serverUrl.js';
import {
  parseAuthFile,
  toStoredSignIn,
  formatAuthFile,
  type AuthValues,
  type StoredSignIn,
} from './authFile.js';

/** Maximum size of an `auth.toml`, in bytes. */
const maxAuthFileBytes = 1_048_576;

/** The environment that determines the depot. */
export interface DepotLocation {
  readonly env: NodeJS.ProcessEnv;
  /** The user's home folder, absolute. */
  readonly home: string;
}

/**
 * The absolute path of Julia's first depot: the first entry of `JULIA_DEPOT_PATH`, else `~/.julia`.
 *
 * @param separator - Separator of entries; default: the system's.
 *
 * Source: docs/protocols/juliahub.md, 1.2.
 */
export function getDepotFolder({ env, home }: DepotLocation, separator: string = delimiter): string {
  const [first = ''] = (env['JULIA_DEPOT_PATH'] ?? '').split(separator);
  // An empty entry means the default depots. Source: Julia manual, "Environment Variables".
  if (first === '') return join(home, '.julia');
  return resolve(first.replace(/^~(?=$|[\\/])/, () => home));
}

/**
 * The absolute path of the file in which Julia stores the sign-in to a server. Source:
 * docs/protocols/juliahub.md, 1.2.
 */
export const getAuthPath = (depot: DepotLocation, server: string): string =>
  join(getDepotFolder(depot), 'servers', getServerDirectory(server), 'auth.toml');

/** Abbreviates the home folder in a path to `~`. */
export const tildify = (path: string, home: string): string =>
  isWithin(path, home) ? `~${path.slice(home.length)}` : path;

/**
 * True inside a job of JuliaHub, where the platform renews the file. Source: docs/protocols/juliahub.md, 1.2.
 */
export const isInsideJob = (env: NodeJS.ProcessEnv): boolean => (env['JRUN_NAME'] ?? '') !== '';

/** Reads an `auth.toml`; undefined if it does not exist; `unreadable` if it contains no sign-in. */
export async function readAuthFile(path: string): Promise<StoredSignIn | 'unreadable' | undefined> {
  try {
    const { mtime } = await stat(path);
    const values = parseAuthFile((await readBytes(path, maxAuthFileBytes)).toString('utf8'));
    return (values && toStoredSignIn(values, mtime)) ?? 'unreadable';
  } catch (error) {
    return isMissing(error) ? undefined : 'unreadable';
  }
}

/** Creates the folder of an `auth.toml`, accessible only to the user. */
export async function createAuthFolder(path: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder, { mode: 0o700, recursive: true });
}

/** Writes an `auth.toml` atomically, readable only by the user. Its folder must exist. */
export async function writeAuthFile(path: string, values: AuthValues): Promise<void> {
  // A symbolic link is preserved: its target is written.
  const target = await realpath(path).catch(() => path);
  await writeAtomic(target, formatAuthFile(values), { flush: true });
}

/**
 * Renames an `auth.toml`, as JuliaHub.jl does before a new sign-in; does nothing if the file does not exist.
 *
 * Source: docs/protocols/juliahub.md, 1.7.
 */
export async function setAsideAuthFile(path: string): Promise<void> {
  const text = await readBytes(path, maxAuthFileBytes).catch((error: unknown) => {
    if (getErrorCode(error) === undefined) return randomBytes(8); // not a file, or too large
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (text === undefined) return;
  const hash = createHash('sha1').update(text).digest('hex').slice(0, 8);
  await renameOver(path, `${path}.${hash}.backup`);
}
