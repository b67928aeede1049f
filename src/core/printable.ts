/** A name as it may be shown: control characters become visible, so that none can break a row or turn it around. */
export const printable = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out.
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069]/g, '\u2423');

/** A text on one line, without control characters, cut to a row's width. */
export function oneLine(text: string, most = 80): string {
  const characters = [...printable(text.trim().replace(/\s+/g, ' '))];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : characters.join('');
}

/**
 * A text for a message without the form `[text](address)`, of which VS Code makes a link that may run a command: what
 * a job printed or a server said must not. Source: VS Code `src/vs/base/common/linkedText.ts`.
 */
export const unlinked = (text: string): string => text.replaceAll('](', ']\u2060(');
