/** Unpaired surrogates: with the flag `u`, characters outside the basic plane do not match. */
const loneSurrogatePattern = /[\ud800-\udfff]/gu;

// eslint-disable-next-line no-control-regex -- control characters are what is taken out.
const controlPattern = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069]/g;

/** The same for multi-line text, which keeps line ends and tabs. */
const multilineControlPattern = new RegExp(
  controlPattern.source.replace('\\u0000-\\u001f', '\\u0000-\\u0008\\u000b-\\u001f'),
  'g',
);

/** Replaces unpaired surrogates, which neither URIs nor UTF-8 can contain. */
export const toWellFormed = (text: string): string => text.replace(loneSurrogatePattern, '\ufffd');

/** Makes control characters visible, so that a name cannot break a row or reverse its direction. */
export const sanitize = (text: string): string => toWellFormed(text).replace(controlPattern, '\u2423');

/** A text on one line, without control characters, truncated to the width of a row. */
export function toOneLine(text: string, most = 80): string {
  // White space can be removed and a character can have two units: this length is sufficient.
  const characters = [...sanitize(truncate(text.trim(), most * 20).replace(/\s+/g, ' '))];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
}

/** The maximum length of a text that VS Code shows, in characters; an ellipsis marks truncated text. */
export const maxPlainChars = 10_000;

/** An invisible character that separates characters that VS Code would interpret together. */
const joiner = '\u2060';

/**
 * Converts text so that VS Code shows it literally. VS Code turns `[text](address)` in messages, progress and
 * quick inputs into a link, which can run a command, and `$(name)` in most labels into an icon; output of
 * jobs and messages of servers must become neither. Sources: VS Code `src/vs/base/common/linkedText.ts`,
 * `iconLabels.ts`.
 */
export const toPlainText = (text: string): string =>
  truncate(toWellFormed(text), maxPlainChars)
    .replace(/\r\n?/g, '\n')
    .replace(multilineControlPattern, '\u2423')
    .replaceAll('](', `]${joiner}(`)
    .replace(/\$(?=\()/g, `$${joiner}`);

/** A text on one line where VS Code renders neither links nor icons, such as a row of a tree. */
export const toPlainLabel = (text: string): string => sanitize(truncate(text, maxPlainChars));

/**
 * A name that VS Code also shows in its own Markdown tooltip, as for a terminal. Also separates bare URLs,
 * `<address>` and `[text][name]`. Source: VS Code `terminalTooltip.ts`.
 */
export const toPlainName = (text: string): string =>
  toPlainText(text)
    .replace(/\s+/g, ' ')
    .replace(
      /:(?=\/\/)|www(?=\.)|@(?=[A-Za-z0-9])|<(?=[A-Za-z/!?])|[!\]](?=[[:])/gi,
      (char) => `${char}${joiner}`,
    );

/** Truncates a text to `most` UTF-16 units including an ellipsis, without splitting characters. */
function truncate(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(most - 2)) ? most - 2 : most - 1;
  return `${text.slice(0, end)}…`;
}
