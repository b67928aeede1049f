/** Takes away the JSON string around a text that comes in pieces. */
export interface StringDecoder {
  /** The text inside this piece of the string. @throws SyntaxError where it is no JSON string. */
  readonly decode: (piece: string) => string;
  /** True once the string has ended. */
  readonly hasEnded: () => boolean;
}

/** The pieces begin right behind the opening quote. */
export function createStringDecoder(): StringDecoder {
  /** An escape sequence of which the rest comes in the next piece. */
  let carry = '';
  let hasEnded = false;
  return {
    decode: (piece) => {
      const text = carry + piece;
      const end = hasEnded ? 0 : endOfComplete(text);
      if (text.charCodeAt(end) === 0x22 && !hasEnded) {
        hasEnded = true;
        carry = '';
        demandBlank(text.slice(end + 1));
      } else if (hasEnded) demandBlank(text);
      else carry = text.slice(end);
      return JSON.parse(`"${text.slice(0, end)}"`) as string; // SAFETY: a quoted text is a string, or throws.
    },
    hasEnded: () => hasEnded,
  };
}

/** Where the complete escape sequences of a text end: at its closing quote, or before one that is cut. */
function endOfComplete(text: string): number {
  let at = 0;
  while (at < text.length && text.charCodeAt(at) !== 0x22) {
    const isEscape = text.charCodeAt(at) === 0x5c;
    const length = !isEscape ? 1 : text.charCodeAt(at + 1) === 0x75 ? 6 : 2;
    if (at + length > text.length) break;
    at += length;
  }
  return at;
}

function demandBlank(text: string): void {
  if (text.trim() !== '') throw new SyntaxError('text after a string');
}
