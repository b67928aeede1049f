import { randomBytes } from 'node:crypto';
import { open, readFile, stat, unlink } from 'node:fs/promises';
import { JobError } from '../../core/problem.js';
import { codeOf, throwIfAborted } from './errors.js';
import { lifeOf, ownIdentity } from './identity.js';
import { readHolder } from './record.js';

/** Milliseconds after which a lock without a readable holder, or one of another machine, counts as left behind. */
const forgottenMs = 30_000;

/** Milliseconds after which a holder must have written its name into the file it has just made. */
const namelessMs = 3_000;

/** Milliseconds to wait for the lock at most. */
const patienceMs = 20_000;

/**
 * Runs `body` while nobody else, in whatever process, runs one under the same path. For moments only: `body` must not
 * wait for anything outside. A holder that has died is found out.
 *
 * @throws {@link JobError} of kind `disk` where somebody alive does not let go.
 */
export async function withLock<T>(path: string, body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const token = await take(path, signal);
  try {
    return await body();
  } finally {
    // The lock may have been taken from us as forgotten: then it is not ours to let go.
    if (tokenIn(await textOf(path)) === token) await unlink(path).catch(() => undefined);
  }
}

async function take(path: string, signal: AbortSignal | undefined): Promise<string> {
  const token = randomBytes(9).toString('base64url');
  const holder = JSON.stringify({ identity: ownIdentity(), token });
  const until = Date.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    if (signal) throwIfAborted(signal);
    if (await create(path, holder)) return token;
    if (await isForgotten(path)) await breakOpen(path);
    else if (Date.now() > until) {
      throw new JobError({ kind: 'disk', path, why: 'another process does not let go of this lock' });
    }
    await new Promise((resolve) => setTimeout(resolve, 2 + Math.random() * Math.min(attempt, 20)));
  }
}

/** Makes the file; false: it is there already. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
    } catch (error) {
      await unlink(path).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    const code = codeOf(error) ?? '';
    // Windows answers EPERM while a file of that name is being removed.
    if (code === 'EEXIST' || (process.platform === 'win32' && code === 'EPERM')) return false;
    throw error;
  }
}

async function isForgotten(path: string): Promise<boolean> {
  const text = await textOf(path);
  if (text === undefined) return false;
  const read = readHolder(text);
  const life = 'value' in read ? lifeOf(read.value.identity) : undefined;
  if (life === 'dead') return true;
  if (life === 'alive') return false;
  const age = await ageOf(path);
  return age > (life === 'elsewhere' ? forgottenMs : namelessMs);
}

/**
 * Removes a lock that was left behind. Two who find it at the same moment must not remove the lock that the faster one
 * then takes: so the removal has a lock of its own, under which the finding is made again.
 */
async function breakOpen(path: string): Promise<void> {
  const breaking = `${path}.break`;
  if (!(await create(breaking, String(process.pid)))) {
    if ((await ageOf(breaking)) > forgottenMs) await unlink(breaking).catch(() => undefined);
    return;
  }
  try {
    if (await isForgotten(path)) await unlink(path).catch(() => undefined);
  } finally {
    await unlink(breaking).catch(() => undefined);
  }
}

async function ageOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found ? Date.now() - found.mtimeMs : 0;
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

function tokenIn(text: string | undefined): string | undefined {
  const read = text === undefined ? undefined : readHolder(text);
  return read && 'value' in read ? read.value.token : undefined;
}
