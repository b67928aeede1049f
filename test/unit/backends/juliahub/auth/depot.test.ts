import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import {
  getTokenStatus,
  parseAuthFile,
  toStoredSignIn,
  addExpiry,
  formatAuthFile,
} from '../../../../../src/backends/juliahub/auth/authFile.js';
import {
  getAuthPath,
  getDepotFolder,
  tildify,
  createAuthFolder,
  readAuthFile,
  setAsideAuthFile,
  writeAuthFile,
} from '../../../../../src/backends/juliahub/auth/depot.js';
import {
  getLockPathBeside,
  getLockPathIn,
  withCredentialLock,
} from '../../../../../src/backends/juliahub/auth/lock.js';
import { systemClock } from '../../../../../src/lib/node/systemClock.js';
import { fakeClock } from '../../../../fakes/clock.js';
import { never, passing } from './world.js';

const at = (seconds: number): Date => new Date(seconds * 1000);

describe("Julia's first depot", () => {
  const home = resolve('/home/ada'); // with its drive on Windows
  const folders: readonly (readonly [value: string | undefined, folder: string])[] = [
    [undefined, '/home/ada/.julia'],
    ['', '/home/ada/.julia'],
    [':/opt/julia', '/home/ada/.julia'],
    ['/opt/a:/opt/b', '/opt/a'],
    ['~/depot:', '/home/ada/depot'],
    ['~', '/home/ada'],
    ['~bob/depot', join(process.cwd(), '~bob/depot')],
  ];
  for (const [value, folder] of folders)
    it(`is ${folder} with ${value ?? 'nothing set'}`, () => {
      assert.equal(getDepotFolder({ env: { JULIA_DEPOT_PATH: value }, home }, ':'), resolve(folder));
    });

  it('separates entries with semicolons on Windows', () => {
    const [first, second] = [resolve('/c:/a'), resolve('/b')];
    assert.equal(getDepotFolder({ env: { JULIA_DEPOT_PATH: `${first};${second}` }, home }, ';'), first);
  });

  it('contains the sign-in of a server in a folder named after its host', () => {
    assert.equal(
      getAuthPath({ env: {}, home }, 'https://example.org:8443/prefix'),
      join(home, '.julia/servers/example.org_8443/auth.toml'),
    );
  });

  it('is abbreviated with ~ in the home folder', () => {
    assert.equal(tildify(join(home, '.julia'), home), `~${sep}.julia`);
    assert.equal(tildify(`${home}m${sep}.julia`, home), `${home}m${sep}.julia`);
  });
});

describe('the sign-in in an auth.toml', () => {
  const whole = { id_token: 'idt', refresh_token: 'ref', refresh_url: 'https://example.org/r' };

  it('expires at the earliest of its times', () => {
    const expiresAt = (values: object, written: number): number | undefined =>
      toStoredSignIn({ ...whole, ...values }, at(written))?.expires?.getTime();
    assert.equal(expiresAt({ expires: 2000, expires_at: 3000 }, 0), 2_000_000);
    assert.equal(expiresAt({ expires: 3000, expires_at: 2000 }, 0), 2_000_000);
    assert.equal(expiresAt({ expires: 3000, expires_in: 500 }, 1000), 1_500_000);
    assert.equal(expiresAt({ expires: 1200, expires_in: 500 }, 1000), 1_200_000);
    assert.equal(expiresAt({ expires_in: 500 }, 1000), 1_500_000);
    assert.equal(expiresAt({ expires: 'soon' }, 1000), undefined);
  });

  it('is renewed ten minutes early, or at half of a lifetime of minutes', () => {
    const life = (values: object, now: number): string => {
      const kept = toStoredSignIn({ ...whole, ...values }, at(0));
      assert.ok(kept);
      return getTokenStatus(kept, at(now));
    };
    assert.equal(life({ expires: 86_400, expires_in: 86_400 }, 85_799), 'good');
    assert.equal(life({ expires: 86_400, expires_in: 86_400 }, 85_800), 'due');
    assert.equal(life({ expires: 86_400 }, 86_399), 'due');
    assert.equal(life({ expires: 86_400 }, 86_400), 'over');
    assert.equal(life({ expires_in: 30 }, 14), 'good');
    assert.equal(life({ expires_in: 30 }, 15), 'due');
    assert.equal(life({}, 0), 'over');
  });

  it('is rejected without an id token, or with one that is not valid in a header', () => {
    assert.equal(toStoredSignIn({ access_token: 'a' }, at(0)), undefined);
    assert.equal(toStoredSignIn({ ...whole, id_token: 'a\r\nX-Evil: 1' }, at(0)), undefined);
    assert.equal(toStoredSignIn({ ...whole, id_token: 7 }, at(0)), undefined);
  });

  it('cannot be renewed without both values', () => {
    assert.equal(toStoredSignIn({ ...whole, refresh_url: 7 }, at(0))?.refresh, undefined);
    assert.equal(toStoredSignIn({ id_token: 'idt', refresh_url: 'https://x' }, at(0))?.refresh, undefined);
  });

  it('uses the user name in the token if the file has none', () => {
    const payload = Buffer.from('{"preferred_username":"ada"}').toString('base64url');
    assert.equal(toStoredSignIn({ id_token: `h.${payload}.s` }, at(0))?.userName, 'ada');
    assert.equal(toStoredSignIn({ id_token: `h.${payload}.s`, user_name: 'bob' }, at(0))?.userName, 'bob');
    assert.equal(toStoredSignIn({ id_token: 'h.%%%.s' }, at(0))?.userName, undefined);
  });

  it('is written without loss', () => {
    const text = [
      'id_token = "a\\"b"',
      'expires = 1790000000',
      'huge = 9223372036854775807',
      'when = 2026-01-02T03:04:05Z',
      'list = [1, 2]',
      '[more]',
      'x = "y"',
    ].join('\n');
    const values = parseAuthFile(text);
    assert.ok(values);
    assert.deepEqual(parseAuthFile(formatAuthFile(values)), values);
    assert.match(formatAuthFile(values), /^expires = 1790000000$/m);
    assert.match(formatAuthFile(values), /^huge = 9223372036854775807$/m);
    assert.match(formatAuthFile(values), /^when = 2026-01-02T03:04:05/m);
  });

  it('expires by the local clock', () => {
    assert.deepEqual(addExpiry({ expires_in: 60, expires: 5 }, at(1000.7)), {
      expires_in: 60,
      expires: 1060,
      expires_at: 1060,
    });
    assert.deepEqual(addExpiry({ expires: 5 }, at(1000)), { expires: 5 });
  });
});

describe('the file of a sign-in', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-depot-'));
    path = join(folder, 'servers', 'example.org', 'auth.toml');
  });
  afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

  it('is accessible only to its user, and so is its folder', async () => {
    await createAuthFolder(path);
    await writeAuthFile(path, { id_token: 'idt' });
    assert.equal(await modeOf(path), 0o600);
    assert.equal(await modeOf(join(folder, 'servers', 'example.org')), 0o700);
    assert.deepEqual(await readdir(join(folder, 'servers', 'example.org')), ['auth.toml']);
  });

  it('gets restrictive permissions, while an existing folder keeps its permissions', async () => {
    await mkdir(join(folder, 'servers', 'example.org'), { recursive: true, mode: 0o755 });
    await writeFile(path, 'id_token = "old"', { mode: 0o644 });
    await createAuthFolder(path);
    await writeAuthFile(path, { id_token: 'idt' });
    assert.equal(await modeOf(path), 0o600);
    assert.equal(await modeOf(join(folder, 'servers', 'example.org')), 0o755);
  });

  it('stays a symbolic link', async () => {
    await createAuthFolder(path);
    const target = join(folder, 'elsewhere.toml');
    await writeFile(target, 'id_token = "old"');
    await symlink(target, path);
    await writeAuthFile(path, { id_token: 'idt' });
    assert.match(await readFile(target, 'utf8'), /idt/);
    assert.match(await readFile(path, 'utf8'), /idt/);
  });

  it('leaves no temporary file if it cannot be written', async () => {
    await createAuthFolder(path);
    await mkdir(path);
    await assert.rejects(writeAuthFile(path, { id_token: 'idt' }));
    assert.deepEqual(await readdir(join(folder, 'servers', 'example.org')), ['auth.toml']);
  });

  it('counts the lifetime of a token from the time it was written', async () => {
    await createAuthFolder(path);
    await writeFile(path, 'id_token = "idt"\nexpires_in = 60');
    await utimes(path, 1000, 1000);
    const kept = await readAuthFile(path);
    assert.ok(kept && kept !== 'unreadable');
    assert.equal(kept.expires?.getTime(), 1_060_000);
  });

  it('can be missing, malformed, or not a file', async () => {
    assert.equal(await readAuthFile(path), undefined);
    await createAuthFolder(path);
    await writeFile(path, 'id_token = "secret');
    assert.equal(await readAuthFile(path), 'unreadable');
    await writeFile(path, `id_token = "${'x'.repeat(1_100_000)}"`);
    assert.equal(await readAuthFile(path), 'unreadable');
    await rm(path);
    await mkdir(path);
    assert.equal(await readAuthFile(path), 'unreadable');
  });

  it('does not block on a pipe or read a device endlessly', async () => {
    await createAuthFolder(path);
    await symlink('/dev/zero', path);
    assert.equal(await readAuthFile(path), 'unreadable');
    await rm(path);
    spawnSync('mkfifo', [path]);
    assert.equal(await readAuthFile(path), 'unreadable');
    await setAsideAuthFile(path);
    assert.equal(await readAuthFile(path), undefined);
  });

  it('is renamed with a hash of its content', async () => {
    await setAsideAuthFile(path);
    await createAuthFolder(path);
    await writeFile(path, 'abc');
    await setAsideAuthFile(path);
    // SHA-1 of "abc" is the example of FIPS 180.
    assert.deepEqual(await readdir(join(folder, 'servers', 'example.org')), ['auth.toml.a9993e36.backup']);
  });
});

describe('the lock of a sign-in', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'batch-jobs-lock-'));
    path = join(folder, 'auth.toml.lock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  it('admits one holder at a time, and leaves no files', async () => {
    let inside = 0;
    let most = 0;
    const body = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withCredentialLock(path, body, systemClock, never)));
    assert.equal(most, 1);
    assert.deepEqual(await readdir(folder), []);
  });

  it('is released if the body throws', async () => {
    await assert.rejects(
      withCredentialLock(path, () => Promise.reject(new Error('no')), systemClock, never),
      /no/,
    );
    assert.deepEqual(await readdir(folder), []);
  });

  it('is broken if it is stale, and waited for otherwise', async () => {
    const clock = fakeClock(new Date());
    await writeFile(path, 'somebody');
    const minuteAgo = clock.now().getTime() / 1000 - 61;
    await utimes(path, minuteAgo, minuteAgo);
    assert.deepEqual(await withCredentialLock(path, () => Promise.resolve(1), clock, never), { value: 1 });

    await writeFile(path, 'somebody');
    let isIn = false;
    const work = withCredentialLock(path, () => Promise.resolve((isIn = true)), clock, never);
    await clock.advance(30_000);
    assert.equal(isIn, false);
    await rm(path);
    assert.deepEqual(await passing(clock, work), { value: true });
  });

  it('is broken if it is unchanged for a minute, whatever its time', async () => {
    const clock = fakeClock(new Date());
    await writeFile(path, 'somebody');
    await utimes(path, 4_000_000_000, 4_000_000_000);
    const work = withCredentialLock(path, () => Promise.resolve(1), clock, never);
    assert.deepEqual(await passing(clock, work), { value: 1 });
    assert.deepEqual(await readdir(folder), []);
  });

  it('gives up if its path is not a lock', async () => {
    const clock = fakeClock();
    const odd = [() => mkdir(path), () => spawnSync('mkfifo', [path]), () => symlink('/dev/zero', path)];
    for (const make of odd) {
      await make();
      const run = withCredentialLock(path, () => Promise.reject(new Error('was run')), clock, never);
      assert.equal(await passing(clock, run), undefined);
      await rm(path, { recursive: true });
    }
  });

  it('runs nothing if it cannot be created', async () => {
    const missing = join(folder, 'missing', 'lock');
    const run = withCredentialLock(missing, () => Promise.reject(new Error('was run')), systemClock, never);
    assert.equal(await run, undefined);
  });

  const holder = (pid: number): string => `${'0'.repeat(24)} ${pid} ${hostname()}`;

  it('is retained while its holder runs, even if the clock jumps months ahead', async () => {
    const clock = fakeClock(new Date());
    await writeFile(path, holder(process.pid));
    let isIn = false;
    const work = withCredentialLock(path, () => Promise.resolve((isIn = true)), clock, never);
    await clock.advance(1_000);
    clock.jump(60 * 86_400_000);
    await clock.advance(30_000);
    assert.equal(isIn, false);
    clock.jump(-120 * 86_400_000);
    await clock.advance(10_000);
    assert.equal(isIn, false);
    await rm(path);
    assert.deepEqual(await passing(clock, work), { value: true });
  });

  it('is broken immediately if it is old and its holder has exited', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await writeFile(path, holder(pid));
    const minuteAgo = Date.now() / 1000 - 61;
    await utimes(path, minuteAgo, minuteAgo);
    assert.deepEqual(await withCredentialLock(path, () => Promise.resolve(1), systemClock, never), {
      value: 1,
    });
  });

  it('is beside its file if other users cannot write there, else in a private folder', async () => {
    const [depot, ours] = [join(folder, 'depot'), join(folder, 'storage', 'locks')];
    const file = join(depot, 'auth.toml');
    await mkdir(depot, { mode: 0o755 });
    assert.equal(await getLockPathBeside(file, ours), `${file}.lock`);
    for (const mode of [0o775, 0o757, 0o1777]) {
      await chmod(depot, mode);
      // Another user has created it first and holds it.
      await writeFile(`${file}.lock`, 'somebody');
      const lock = await getLockPathBeside(file, ours);
      assert.equal(dirname(lock), ours);
      assert.equal((await stat(ours)).mode & 0o777, 0o700);
      assert.deepEqual(await withCredentialLock(lock, () => Promise.resolve(1), systemClock, never), {
        value: 1,
      });
    }
    assert.notEqual(await getLockPathIn(ours, 'a'), await getLockPathIn(ours, 'b'));
  });

  it('stops waiting when it is aborted', async () => {
    await writeFile(path, 'somebody');
    const stop = new AbortController();
    const work = withCredentialLock(path, () => Promise.resolve(1), systemClock, stop.signal);
    stop.abort();
    await assert.rejects(work, { name: 'AbortError' });
  });
});
