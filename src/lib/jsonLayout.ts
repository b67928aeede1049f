import { createTurns } from './turns.js';

/** So many calls are made between two looks at the time. */
const callsPerLook = 200;

/** JSON as it is shown. */
export type Layout =
  | { readonly kind: 'laidOut'; readonly text: string }
  /** It has more characters than are laid out; the text is its beginning. */
  | { readonly kind: 'tooLong'; readonly text: string };

/** The same of a text that may be no JSON. */
export type JsonLayout = Layout | { readonly kind: 'noJson' };

/** The longest text that a layout gives, in characters: an editor shows no more of it. */
export const maxLayout = 5_000_000;

/**
 * A JSON text with a line for each member and element, as `JSON.stringify` indents it, but with each number and string
 * as it was written: reading them would round long numbers. Others get their turn meanwhile.
 */
export async function jsonLaidOut(text: string): Promise<JsonLayout> {
  if (text.length > maxLayout) return { kind: 'tooLong', text: text.slice(0, maxLayout) };
  try {
    return await layOut(textTokens(text));
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'noJson' };
    throw error;
  }
}

/** A value that was read from JSON, in the same form. However deep it is, it needs no stack. */
export const valueLaidOut = (value: unknown): Promise<Layout> => layOut(valueTokens(value));

async function layOut(tokens: Iterable<string>): Promise<Layout> {
  const takeTurns = createTurns(callsPerLook);
  /** Joined now and then: millions of parts would be joined in one long block. */
  const whole: string[] = [];
  let parts: string[] = [];
  let length = 0;
  const put = (part: string): void => {
    parts.push(part);
    length += part.length;
    if (parts.length < 1000) return;
    whole.push(parts.join(''));
    parts = [];
  };
  const joined = (): string => whole.join('') + parts.join('');
  let depth = 0;
  let previous = '';
  for (const token of tokens) {
    const closes = token === '}' || token === ']';
    const afterOpening = previous === '{' || previous === '[';
    if (closes) depth--;
    // An empty object or list stays on its line.
    if (previous !== '' && (previous === ',' || closes !== afterOpening)) put(`\n${'  '.repeat(depth)}`);
    put(token === ':' ? ': ' : token);
    if (token === '{' || token === '[') depth++;
    previous = token;
    if (length > maxLayout) return { kind: 'tooLong', text: joined().slice(0, maxLayout) };
    const turn = takeTurns();
    if (turn) await turn;
  }
  return { kind: 'laidOut', text: joined() };
}

/** The longest string that is checked, in characters. */
const maxChecked = 500_000;

/** What may come next. */
type Expected = 'value' | 'valueOrEnd' | 'key' | 'keyOrEnd' | 'colon' | 'commaOrEnd';

/**
 * The tokens of a JSON text.
 *
 * @throws SyntaxError where it is none.
 */
function* textTokens(text: string): Generator<string> {
  const open: ('{' | '[')[] = [];
  const token = /\s*(?:([{}[\],:"])|([^\s{}[\],:"]+))/y;
  let expected: Expected = 'value';
  for (;;) {
    const [, sign = '', word = ''] = token.exec(text) ?? [];
    // Only blanks are left.
    if (sign === '' && word === '') break;
    const isValue = expected === 'value' || expected === 'valueOrEnd';
    const isKey: boolean = expected === 'key' || expected === 'keyOrEnd';
    if (isValue && (sign === '{' || sign === '[')) {
      open.push(sign);
      expected = sign === '{' ? 'keyOrEnd' : 'valueOrEnd';
      yield sign;
    } else if (sign === '"' && (isValue || isKey)) {
      const end = endOfString(text, token.lastIndex);
      const string = text.slice(token.lastIndex - 1, end);
      // A longer one would keep others waiting; only what stands in its quotes is not looked at.
      if (string.length < maxChecked) JSON.parse(string);
      token.lastIndex = end;
      expected = isKey ? 'colon' : 'commaOrEnd';
      yield string;
    } else if (word !== '' && isValue) {
      JSON.parse(word);
      expected = 'commaOrEnd';
      yield word;
    } else {
      expected = afterSign(sign, expected, open);
      yield sign;
    }
  }
  if (expected !== 'commaOrEnd' || open.length > 0) throw new SyntaxError('no JSON');
}

/** What comes after a sign that parts or ends; `open` loses what it closes. */
function afterSign(sign: string, expected: Expected, open: ('{' | '[')[]): Expected {
  const inside = open.at(-1);
  if (sign === ':' && expected === 'colon') return 'value';
  if (sign === ',' && expected === 'commaOrEnd' && inside) return inside === '{' ? 'key' : 'value';
  const mayEnd = expected === 'commaOrEnd' || expected === (inside === '{' ? 'keyOrEnd' : 'valueOrEnd');
  if (mayEnd && inside && sign === (inside === '{' ? '}' : ']')) {
    open.pop();
    return 'commaOrEnd';
  }
  throw new SyntaxError('no JSON');
}

/** The place after the quote that ends a string whose content begins at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = from; ; at++) {
    at = text.indexOf('"', at);
    if (at < 0) throw new SyntaxError('no JSON');
    let before = at;
    while (before > from && text[before - 1] === '\\') before--;
    if ((at - before) % 2 === 0) return at + 1;
  }
}

/** An object or a list whose members are being written. */
interface Frame {
  readonly isList: boolean;
  readonly entries: Iterator<readonly [string | number, unknown]>;
  isFirst: boolean;
}

function* valueTokens(root: unknown): Generator<string> {
  const open: Frame[] = [];
  const begin = (value: unknown): string => {
    if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
    const isList = Array.isArray(value);
    // SAFETY: entries of a list of anything are pairs of numbers and anything.
    const entries = (isList ? value.entries() : Object.entries(value).values()) as Frame['entries'];
    open.push({ isList, entries, isFirst: true });
    return isList ? '[' : '{';
  };
  yield begin(root);
  for (let frame = open.at(-1); frame; frame = open.at(-1)) {
    const entry = frame.entries.next();
    if (entry.done) {
      yield frame.isList ? ']' : '}';
      open.pop();
      continue;
    }
    const [key, value] = entry.value;
    if (!frame.isList && value === undefined) continue;
    if (!frame.isFirst) yield ',';
    frame.isFirst = false;
    if (!frame.isList) {
      yield JSON.stringify(key);
      yield ':';
    }
    yield begin(value);
  }
}
