import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { extract } from 'tar-stream';

/** Runs a test with its own temporary folder, which is deleted afterward. */
export async function inTemp(act: (temp: string) => Promise<void> | void): Promise<void> {
  const temp = realpathSync(mkdtempSync(join(tmpdir(), 'bundle-test-')));
  try {
    await act(temp);
  } finally {
    // Windows releases a file only when its reader has closed it.
    await rm(temp, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Creates a folder with files by path; a path that ends with `/` becomes an empty directory. */
export function makeFolder(at: string, files: Readonly<Record<string, string | Buffer>>): string {
  mkdirSync(at, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(path.endsWith('/') ? join(at, path) : dirname(join(at, path)), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(join(at, path), content);
  }
  return at;
}

/** The recorded tree of JuliaHub's bundler. */
export interface Tree {
  readonly files: Readonly<Record<string, string>>;
  readonly executable: readonly string[];
  readonly emptyDirectories: readonly string[];
  readonly symlinks: Readonly<Record<string, string>>;
}

/** Creates a {@link Tree} on disk. */
export function makeTree(at: string, tree: Tree): string {
  makeFolder(at, tree.files);
  for (const path of tree.executable) chmodSync(join(at, path), 0o755);
  for (const path of tree.emptyDirectories) mkdirSync(join(at, path));
  for (const [path, target] of Object.entries(tree.symlinks)) symlinkSync(target, join(at, path));
  return at;
}

/** An entry of a tar, as read. */
export interface Packed {
  readonly path: string;
  readonly type: string;
  /** In octal: `644`. */
  readonly mode: string;
  readonly size: number;
  readonly content: string;
  /** Values that must not depend on the machine. */
  readonly owner: readonly [uid: number, gid: number, mtimeMs: number, uname: string, gname: string];
}

/** Reads a whole tar. */
export async function readTar(tar: Buffer): Promise<readonly Packed[]> {
  const reader = extract();
  reader.end(tar);
  const entries: Packed[] = [];
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const { name, type, mode, size, uid, gid, mtime, uname, gname } = entry.header;
    const content = Buffer.concat(chunks).toString();
    const owner = [uid, gid, mtime.getTime(), uname, gname] as const;
    entries.push({ path: name, type, mode: mode.toString(8), size, content, owner });
  }
  return entries;
}

/** {@link readTar} of a file. */
export const readTarFile = (path: string): Promise<readonly Packed[]> => readTar(readFileSync(path));
