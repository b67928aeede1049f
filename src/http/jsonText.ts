/** Decodes a JSON string that arrives in pieces. */
export interface StringDecoder {
  /** The text of this piece of the string. @throws SyntaxError if it is not a JSON string. */
  readonly decode: (piece: string) => string;
  /** True once the end of the string was found. */
  readonly hasEnded: () => boolean;
}

/** Creates a decoder; the first piece starts directly after the opening quote. */
export function createStringDecoder(): StringDecoder {
  /** The start of an escape sequence that continues in the next piece. */
  let carry = '';
  let hasEnded = false;
  return {
    decode: (piece) => {
      const text = carry + piece;
      const end = hasEnded ? 0 : findCompleteEnd(text);
      if (text.charCodeAt(end) === 0x22 && !hasEnded) {
        hasEnded = true;
        carry = '';
        requireBlank(text.slice(end + 1));
      } else if (hasEnded) requireBlank(text);
      else carry = text.slice(end);
      return JSON.parse(`"${text.slice(0, end)}"`) as string; // SAFETY: a quoted text is a string, or parsing throws.
    },
    hasEnded: () => hasEnded,
  };
}

/**
 * The end of the complete escape sequences of a text: its closing quote, or the start of an incomplete
 * sequence.
 */
function findCompleteEnd(text: string): number {
  let at = 0;
  while (at < text.length && text.charCodeAt(at) !== 0x22) {
    const isEscape = text.charCodeAt(at) === 0x5c;
    const length = !isEscape ? 1 : text.charCodeAt(at + 1) === 0x75 ? 6 : 2;
    if (at + length > text.length) break;
    at += length;
  }
  return at;
}

function requireBlank(text: string): void {
  if (text.trim() !== '') throw new SyntaxError('text after a string');
}
