/** An entry of the tar, with the state of its file during the scan. */
export interface BundleEntry {
  /** Path relative to the root directory of the bundle, with `/`. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Size of a file; 0 for other types. */
  readonly bytes: number;
  /** As the file system reports it, with fractions; 0 for content that is not read from a file. */
  readonly mtimeMs: number;
  readonly executable: boolean;
  /** Absolute path of the file; undefined: `path` below the folder. */
  readonly source?: string;
  /** The content in the bundle, instead of the file on disk. */
  readonly content?: Uint8Array;
  /** The target of a symbolic link, with `/`. */
  readonly target?: string;
}
