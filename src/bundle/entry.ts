/** One thing that goes into the tar, and what its file was like when it was looked at. */
export interface Entry {
  /** In the bundle, relative to its root, with `/`. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Of the content; 0 for anything but a file. */
  readonly bytes: number;
  /** As the file system has it, with fractions; 0 for what is not read from a file. */
  readonly mtimeMs: number;
  readonly executable: boolean;
  /** Absolute path of the file that is read; undefined: `path` below the folder. */
  readonly source?: string;
  /** What the file holds in the bundle, whatever is on the disk. */
  readonly content?: Uint8Array;
  /** Where a symlink leads, with `/`. */
  readonly target?: string;
}
