/**
 * File names are bytes on most systems, and texts here. A byte that is not part of valid UTF-8 stands as one character of
 * U+EF80 to U+EFFF (byte 0x80 to 0xff), and so do the bytes of a name that really holds such a character: each name has
 * one text, and each text gives back its bytes.
 * Source: the mapping of MirBSD and MSYS2 for bytes in UTF-16.
 */
const mark = 0xef00;

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const marked = /[\uef80-\uefff]/;

/** True: bytes of the name stand in it as characters, so it cannot be passed on as a text. */
export const hasRawBytes = (name: string): boolean => marked.test(name);

/** A name or path of any bytes as a text. */
export function decodeName(bytes: Uint8Array): string {
  try {
    const text = strictDecoder.decode(bytes);
    if (!marked.test(text)) return text;
  } catch {
    // It is not UTF-8, so it is read character by character.
  }
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const char = characterAt(bytes, at);
    text += char ? char.text : String.fromCharCode(mark + (bytes[at] ?? 0));
    at += char?.length ?? 1;
  }
  return text;
}

/** The valid character at a place, unless it is one that stands for a byte. */
function characterAt(
  bytes: Uint8Array,
  at: number,
): { readonly text: string; readonly length: number } | undefined {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { text: String.fromCharCode(first), length: 1 };
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  try {
    const text = strictDecoder.decode(bytes.subarray(at, at + length));
    return [...text].length === 1 && !marked.test(text) ? { text, length } : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes that {@link decodeName} made a text of. */
export function encodeName(name: string): Uint8Array {
  const parts: number[] = [];
  for (const text of name.split(/([\uef80-\uefff])/)) {
    if (marked.test(text)) parts.push(text.charCodeAt(0) - mark);
    else for (const byte of encoder.encode(text)) parts.push(byte);
  }
  return Uint8Array.from(parts);
}

/** A name as people can read it: `caf\xe9.csv` where a byte is no character. */
export const readableName = (name: string): string =>
  name.replace(/[\uef80-\uefff]/g, (char) => `\\x${(char.charCodeAt(0) - mark).toString(16)}`);

/** A path that the system gave as a text, in this form: a character of it that would stand for a byte is its bytes. */
export const toNamePath = (path: string): string =>
  hasRawBytes(path) ? decodeName(encoder.encode(path)) : path;

/** A name or path as the system takes it: in bytes where its text stands for some that are no UTF-8. */
export const toSystemPath = (path: string): string | Buffer =>
  hasRawBytes(path) ? Buffer.from(encodeName(path)) : path;

/** Characters and names that Windows gives a meaning of their own, and ends that it drops. */
const notOnWindows =
  // eslint-disable-next-line no-control-regex -- control characters are what Windows does not take.
  /[\u0000-\u001f<>:"|?*\\]|[. ]$|^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\s*\.|\s*$)/i;

/** True: a system has files of this name, which may have folders before it, with `/`. */
export function isWritableName(name: string, platform: NodeJS.Platform): boolean {
  if (platform === 'win32')
    return !hasRawBytes(name) && !name.split('/').some((part) => notOnWindows.test(part));
  return platform !== 'darwin' || !hasRawBytes(name);
}
