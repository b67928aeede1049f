/** Matches exactly this text, ignoring surrounding whitespace; special characters are escaped. */
export const exactly = (text: string): RegExp => new RegExp(`^\\s*${escaped(text)}\\s*$`);

/** Matches texts that start like this, ignoring case and leading whitespace. */
export const startsWith = (text: string): RegExp => new RegExp(`^\\s*${escaped(text)}`, 'i');

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A text as a value in a CSS attribute selector, quotes included. */
export const quoted = (text: string): string => JSON.stringify(text);
