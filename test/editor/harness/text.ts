/** Matches a text that is exactly this, blanks around it aside; what is special in a pattern stands for itself. */
export const exactly = (text: string): RegExp => new RegExp(`^\\s*${escaped(text)}\\s*$`);

/** Matches what begins like this, in upper or lower case, blanks before it aside. */
export const startsWith = (text: string): RegExp => new RegExp(`^\\s*${escaped(text)}`, 'i');

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A text as a value in a CSS attribute selector, quotes included. */
export const quoted = (text: string): string => JSON.stringify(text);
