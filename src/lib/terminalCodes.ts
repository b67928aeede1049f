/**
 * The remaining part of a job's output: `plain` has no terminal codes; `terminal` keeps only colors and
 * styles (SGR), erasing and cursor movement, so that a job cannot set the clipboard or a title, or make the
 * terminal respond.
 */
export type CodeMode = 'plain' | 'terminal';

/**
 * Nearly all lines contain only printable ASCII, which is faster to detect than the absence of control
 * characters.
 */
const nonPrintablePattern = /[^ -~]/;

/**
 * All control characters except tab and line feed; those from U+0080 on are the 8-bit forms of escape codes.
 */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for.
const controlCharacterPattern = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

const escapeCode = 0x1b;
const backspace = '\b';

/** The start of a control sequence (CSI) after `ESC`, and its 8-bit form. */
const sequenceIntro = 0x5b;
const shortSequenceIntro = 0x9b;

/** The start of a string (OSC, DCS, SOS, PM, APC, and the title of `screen`) after `ESC`. */
const stringIntros = ']PX^_k';
const shortStringIntros = '\u009d\u0090\u0098\u009e\u009f';

/**
 * The characters before the final one of a sequence. Terminals execute control characters within without
 * ending it.
 */
// eslint-disable-next-line no-control-regex -- as above.
const sequenceBody = /[\u0000-\u0009\u000b\u000c\u000e-\u0017\u0019\u001c-\u003f\u007f]*/y;

/** Only an OSC can end with a bell. All strings end with `ESC \`, CAN or SUB, and here with the line. */
// eslint-disable-next-line no-control-regex -- as above.
const commandBody = /[^\u0007\u000a\u000d\u0018\u001a\u001b\u009c]*/y;
// eslint-disable-next-line no-control-regex -- as above.
const stringBody = /[^\u000a\u000d\u0018\u001a\u001b\u009c]*/y;
const stringEnds = '\u0007\u0018\u001a\u009c';
const shortStringEnds = '\u0018\u001a\u009c';
const stringTerminator = '\u001b\\';

/**
 * 8-bit strings must have a plausible content: UTF-8 that was decoded as Latin-1 and encoded again contains
 * many of these characters (the second quotation mark, emoji, Cyrillic capitals), and must not hide the rest
 * of its line.
 */
const shortCommandStart = /\d+;/y;
const shortCommandPrefix = /\d*/y;
const shortStringBody = /[\t -~]*/y;

const escapeBody = /[ -/]*/y;

/** The maximum length of a sequence that is kept, in characters between its start and its final character. */
const maxSequenceBody = 128;

/** The maximum length of a stored unfinished code, in characters. */
const maxPending = 256;

/** A code in a text. */
interface TerminalCode {
  /** The index after it. */
  readonly end: number;
  /** The replacement of the code; undefined: none. */
  readonly kept?: string;
  /** True: what follows overwrites the line. */
  readonly isReturn?: boolean;
  /** The code is unfinished; the next text must be prefixed with this to continue. */
  readonly pending?: string;
  /** The index of the remaining text if the line ends before the code does. */
  readonly endOfLine?: number;
}

/** Removes codes from pieces of lines, including codes that span pieces. */
export class CodeFilter {
  #pending = '';

  constructor(private readonly mode: CodeMode) {}

  /** Filters the next piece. `isOpen`: the line continues in another piece. */
  next(text: string, isOpen: boolean): string {
    if (this.#pending === '' && !nonPrintablePattern.test(text)) return text;
    const { shown, pending } = filterCodes(this.#pending + text, this.mode, isOpen);
    this.#pending = isOpen ? pending : '';
    return shown;
  }

  /** Filters an unfinished piece, which is passed again as a whole later. */
  peek(text: string): string {
    return filterCodes(this.#pending + text, this.mode, true).shown;
  }
}

/** Removes terminal codes and control characters except tabs and line ends. Runs in linear time. */
export const stripCodes = (text: string): string =>
  nonPrintablePattern.test(text) ? filterCodes(text, 'plain', false).shown : text;

/** True if the text contains something visible, which overwrites other text. */
export const hasWidth = (text: string): boolean => skipCodes(text, 0) < text.length;

/** The index after the codes at an index: of something visible, a carriage return, or the end. */
export function skipCodes(text: string, from: number): number {
  let at = from;
  while (at < text.length && isControlCode(text.charCodeAt(at)) && text.charAt(at) !== '\r')
    at = parseCode(text, at, 'plain').end;
  return at;
}

const isControlCode = (code: number): boolean =>
  code < 0x20 ? code !== 0x09 && code !== 0x0a : code >= 0x7f && code < 0xa0;

function filterCodes(
  text: string,
  mode: CodeMode,
  isOpen: boolean,
): { readonly shown: string; readonly pending: string } {
  /** The text before the cursor last returned to the start of the line, and since then. */
  let under = '';
  let shown = '';
  let isDrawn = false;
  let pending = '';
  for (let from = 0; from < text.length;) {
    controlCharacterPattern.lastIndex = from;
    const at = controlCharacterPattern.exec(text)?.index ?? text.length;
    if (at > from) {
      shown += text.slice(from, at);
      isDrawn = true;
    }
    if (at === text.length) break;
    const code = parseCode(text, at, mode);
    if (code.isReturn && isDrawn) {
      under = shown;
      shown = '';
      isDrawn = false;
    }
    shown += code.kept ?? '';
    ({ pending = '' } = code);
    from = isOpen ? code.end : (code.endOfLine ?? code.end);
  }
  const all = isDrawn ? shown : under + shown;
  return { shown: mode === 'plain' && all.includes(backspace) ? resolveBackspaces(all) : all, pending };
}

function parseCode(text: string, at: number, mode: CodeMode): TerminalCode {
  const first = text.charCodeAt(at);
  if (first === escapeCode) return parseEscape(text, at, mode);
  if (first === shortSequenceIntro) return parseSequence(text, at, at + 1, mode);
  const intro = text.charAt(at);
  if (shortStringIntros.includes(intro)) return parseShortString(text, at, intro);
  if (intro === '\r') return { end: at + 1, isReturn: true };
  return intro === backspace ? { end: at + 1, kept: backspace } : { end: at + 1 };
}

function parseEscape(text: string, at: number, mode: CodeMode): TerminalCode {
  if (at + 1 === text.length) return { end: at + 1, pending: '\u001b' };
  if (text.charCodeAt(at + 1) === sequenceIntro) return parseSequence(text, at, at + 2, mode);
  const kind = text.charAt(at + 1);
  if (stringIntros.includes(kind)) return parseString(text, at + 2, `\u001b${kind}`, kind === ']');
  const last = findMatchEnd(escapeBody, text, at + 1);
  if (last === text.length) return { end: last, pending: text.slice(at).slice(0, 2) };
  const isFinal = text.charCodeAt(last) >= 0x30 && text.charCodeAt(last) < 0x7f;
  return { end: isFinal ? last + 1 : last };
}

function parseSequence(text: string, at: number, from: number, mode: CodeMode): TerminalCode {
  const last = findMatchEnd(sequenceBody, text, from);
  if (last === text.length) {
    // A sequence that is too long is never kept.
    const pending = last - at > maxPending ? '\u001b[?' : text.slice(at);
    return { end: last, pending };
  }
  const final = text.charAt(last);
  if (final < '@' || final > '~') return { end: last };
  const body = last - from > maxSequenceBody ? '?' : text.slice(from, last);
  if (mode === 'terminal')
    return { end: last + 1, kept: isAllowedSequence(body, final) ? `\u001b[${body}${final}` : '' };
  return { end: last + 1, isReturn: final === 'G' && /^[01]?$/.test(body) };
}

function parseString(text: string, from: number, intro: string, isCommand: boolean): TerminalCode {
  const last = findMatchEnd(isCommand ? commandBody : stringBody, text, from);
  if (last === text.length) return { end: last, pending: intro };
  return { end: stringEnds.includes(text.charAt(last)) ? last + 1 : last };
}

/**
 * A string that starts with a single character. If the content is implausible, only this character is
 * removed.
 */
function parseShortString(text: string, at: number, intro: string): TerminalCode {
  const from = at + 1;
  const isCommand = intro === '\u009d';
  if (isCommand && findMatchEnd(shortCommandStart, text, from) > 0) {
    const code = parseString(text, from, intro, true);
    return code.pending === undefined ? code : { ...code, pending: `${intro}0;` };
  }
  const last = findMatchEnd(isCommand ? shortCommandPrefix : shortStringBody, text, from);
  const isCut = last === text.length || (text.charCodeAt(last) === escapeCode && last + 1 === text.length);
  const pending = text.length - at > maxPending ? intro : text.slice(at);
  if (isCut) return { end: text.length, pending, endOfLine: from };
  if (isCommand) return { end: from };
  if (text.startsWith(stringTerminator, last)) return { end: last + stringTerminator.length };
  return { end: shortStringEnds.includes(text.charAt(last)) ? last + 1 : from };
}

/** Colors and styles, erasing (except the lines above the screen), and cursor movement. */
function isAllowedSequence(body: string, final: string): boolean {
  switch (final) {
    case 'm':
      return /^[\d;:]*$/.test(body);
    case 'J':
    case 'K':
      return /^[012]?$/.test(body);
    case 'X':
      return /^\d{0,5}$/.test(body);
    default:
      return /^[A-Hadef`]$/.test(final) && /^\d{0,5}(;\d{0,5})?$/.test(body);
  }
}

/** The end of a sticky pattern's match at an index. */
function findMatchEnd(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  pattern.exec(text);
  return pattern.lastIndex;
}

/**
 * The visible part of a text with backspaces, each of which makes the next character overwrite the previous
 * one.
 */
function resolveBackspaces(text: string): string {
  const drawn: string[] = [];
  let at = 0;
  for (const character of text) {
    if (character === backspace) at = Math.max(0, at - 1);
    else drawn[at++] = character;
  }
  return drawn.join('');
}
