import { createHash } from 'node:crypto';
import { encodeName, hasRawBytes } from '../lib/byteNames.js';
import { JobError } from '../core/domain/problem.js';
import type { HostFileSystem } from './hostFiles.js';
import { createScriptCommand } from './quoting.js';

/**
 * Reads a file of a host, as many bytes as expected, and finally compares their SHA-256 with the one that the
 * host computes.
 *
 * @param path - Absolute; bytes that are not UTF-8 are encoded as in `byteNames.ts`.
 * @throws {@link JobError} of kind `gone`, `refused`, `offline`, or `damaged` if the hashes differ.
 */
export async function* fetchFile(
  { host, place }: HostFileSystem,
  path: string,
  about: { readonly name: string; readonly bytes: number },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { name, bytes } = about;
  const escaped = hasRawBytes(path) ? ['escaped'] : [];
  const command = createScriptCommand(sendScript, toArgument(path), String(bytes), ...escaped);
  const { input, output, end } = await host.start(command, signal);
  input.end();
  const hash = createHash('sha256');
  for await (const part of output as AsyncIterable<Buffer>) {
    hash.update(part);
    yield part;
  }
  const { code, errors } = await end;
  if (code === 71) throw new JobError({ kind: 'gone', name });
  const theirs = /^[0-9a-f]{64}$/m.exec(errors)?.[0];
  if (code !== 0 || theirs === undefined)
    throw new JobError({ kind: 'refused', place, words: errors.trim().split('\n').at(-1) ?? '' });
  if (theirs !== hash.digest('hex')) throw new JobError({ kind: 'damaged', name });
}

/** A path as an argument, which must be UTF-8: other bytes are escaped for `printf %b`. */
const toArgument = (path: string): string =>
  hasRawBytes(path)
    ? Buffer.from(encodeName(path))
        .toString('latin1')
        .replace(/[^\w/.-]/g, (byte) => `\\0${byte.charCodeAt(0).toString(8).padStart(3, '0')}`)
    : path;

/** The dot preserves line feeds at the end of a name, which the shell would remove. */
const sendScript = `
if [ -n "\${3-}" ]; then f=$(printf '%b.' "$1"); set -- "\${f%.}" "$2"; fi
[ -f "$1" ] || exit 71
head -c "$2" -- "$1" || exit 72
if command -v sha256sum >/dev/null; then head -c "$2" -- "$1" | sha256sum; else head -c "$2" -- "$1" | shasum -a 256; fi |
  cut -c1-64 >&2
`;
