/** Halves of characters: with the flag `u` whole characters outside the basic plane do not match. */
const loneSurrogate = /[\ud800-\udfff]/gu;

// eslint-disable-next-line no-control-regex -- control characters are what is taken out.
const control = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069]/g;

/** The same for texts of several lines, in which line ends and tabs stay. */
const controlInLines = new RegExp(
  control.source.replace('\\u0000-\\u001f', '\\u0000-\\u0008\\u000b-\\u001f'),
  'g',
);

/** The text without halves of characters, which neither addresses nor UTF-8 can hold. */
export const wellFormed = (text: string): string => text.replace(loneSurrogate, '\ufffd');

/** A name as it may be shown: control characters become visible, so that none can break a row or turn it around. */
export const printable = (text: string): string => wellFormed(text).replace(control, '\u2423');

/** A text on one line, without control characters, cut to a row's width. */
export function oneLine(text: string, most = 80): string {
  // All blanks may go, and a character may have two units: so much is enough for what is shown.
  const characters = [...printable(cut(text.trim(), most * 20).replace(/\s+/g, ' '))];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
}

/** At most this many characters of one text are shown by the window; an ellipsis shows that it was cut. */
export const maxPlainText = 10_000;

/** Takes the place of nothing and is not seen; parts what VS Code would take together. */
const joiner = '\u2060';

/**
 * A text as the window may show it: exactly its words. VS Code makes a link that may run a command of
 * `[text](address)` in messages, progress and quick inputs, and an icon of `$(name)` in most labels; what a job
 * printed or a server said must become neither. Sources: VS Code `src/vs/base/common/linkedText.ts`, `iconLabels.ts`.
 */
export const plainText = (text: string): string =>
  cut(wellFormed(text), maxPlainText)
    .replace(/\r\n?/g, '\n')
    .replace(controlInLines, '\u2423')
    .replaceAll('](', `]${joiner}(`)
    .replace(/\$(?=\()/g, `$${joiner}`);

/** A text on one line for a place where VS Code draws neither links nor icons, such as a row of a tree. */
export const plainLabel = (text: string): string => printable(cut(text, maxPlainText));

/**
 * A name of something that VS Code also describes in a tooltip it makes itself, as Markdown: that of a terminal. Bare
 * addresses, `<address>` and `[text][name]` are parted as well. Source: VS Code `terminalTooltip.ts`.
 */
export const plainName = (text: string): string =>
  plainText(text)
    .replace(/\s+/g, ' ')
    .replace(
      /:(?=\/\/)|www(?=\.)|@(?=[A-Za-z0-9])|<(?=[A-Za-z/!?])|[!\]](?=[[:])/gi,
      (char) => `${char}${joiner}`,
    );

/** The first `most` units of a text, and an ellipsis where there are more; characters stay whole. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(most - 2)) ? most - 2 : most - 1;
  return `${text.slice(0, end)}…`;
}
