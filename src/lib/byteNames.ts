/**
 * File names are bytes on most systems, but strings here. A byte that is not part of valid UTF-8 is encoded
 * as a character from U+EF80 to U+EFFF (for bytes 0x80 to 0xff), and so are the bytes of a name that contains
 * such a character: the mapping is reversible. Source: the mapping of MirBSD and MSYS2 for bytes in UTF-16.
 */
const byteMark = 0xef00;

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const byteMarkPattern = /[\uef80-\uefff]/;

/** True if the name contains encoded bytes, so it cannot be passed to the system as a string. */
export const hasRawBytes = (name: string): boolean => byteMarkPattern.test(name);

/** Decodes a name or path of any bytes. */
export function decodeName(bytes: Uint8Array): string {
  try {
    const text = strictDecoder.decode(bytes);
    if (!byteMarkPattern.test(text)) return text;
  } catch {
    // Not UTF-8: decode it character by character.
  }
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const char = decodeCharacterAt(bytes, at);
    text += char ? char.text : String.fromCharCode(byteMark + (bytes[at] ?? 0));
    at += char?.length ?? 1;
  }
  return text;
}

/** The valid character at an index, unless it is one that encodes a byte. */
function decodeCharacterAt(
  bytes: Uint8Array,
  at: number,
): { readonly text: string; readonly length: number } | undefined {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { text: String.fromCharCode(first), length: 1 };
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  try {
    const text = strictDecoder.decode(bytes.subarray(at, at + length));
    return [...text].length === 1 && !byteMarkPattern.test(text) ? { text, length } : undefined;
  } catch {
    return undefined;
  }
}

/** Encodes a string from {@link decodeName} as its original bytes. */
export function encodeName(name: string): Uint8Array {
  const parts: number[] = [];
  for (const text of name.split(/([\uef80-\uefff])/)) {
    if (byteMarkPattern.test(text)) parts.push(text.charCodeAt(0) - byteMark);
    else for (const byte of encoder.encode(text)) parts.push(byte);
  }
  return Uint8Array.from(parts);
}

/** A name for display: `caf\xe9.csv` for a byte that is not UTF-8. */
export const toReadableName = (name: string): string =>
  name.replace(/[\uef80-\uefff]/g, (char) => `\\x${(char.charCodeAt(0) - byteMark).toString(16)}`);

/**
 * Converts a path that the system returned as a string: characters that would encode a byte are encoded
 * themselves.
 */
export const toNamePath = (path: string): string =>
  hasRawBytes(path) ? decodeName(encoder.encode(path)) : path;

/** Converts a name or path for the system: to bytes if it contains encoded bytes. */
export const toSystemPath = (path: string): string | Buffer =>
  hasRawBytes(path) ? Buffer.from(encodeName(path)) : path;

/** Characters and names with a special meaning on Windows, and trailing characters that it removes. */
const windowsReservedPattern =
  // eslint-disable-next-line no-control-regex -- control characters are what Windows does not take.
  /[\u0000-\u001f<>:"|?*\\]|[. ]$|^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\s*\.|\s*$)/i;

/** True if a platform supports files with this name, which can contain folders, with `/`. */
export function isWritableName(name: string, platform: NodeJS.Platform): boolean {
  if (platform === 'win32')
    return !hasRawBytes(name) && !name.split('/').some((part) => windowsReservedPattern.test(part));
  return platform !== 'darwin' || !hasRawBytes(name);
}
