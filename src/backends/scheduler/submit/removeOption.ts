import { isBlankOrComment, splitDirective, type DirectiveReader } from './directives.js';

/**
 * Removes an option without a value from a script's directives, such as one that keeps the submission open until the
 * job has ended. Everything else is unchanged. `isChanged`: the script had the option.
 *
 * @param script - With Unix line endings.
 * @param option - The long name.
 */
export function removeOption(
  script: string,
  option: string,
  reader: DirectiveReader,
): { readonly text: string; readonly isChanged: boolean } {
  const { magic } = reader.syntax;
  const lines = script.split('\n');
  // All lines form one line of options: a value can be on the next line.
  const state = { isValue: false, isOver: false };
  let isChanged = false;
  for (const [at, line] of lines.entries()) {
    if (line.startsWith(magic)) {
      const changed = removeFromLine(line, state, { option, reader });
      isChanged ||= changed !== line;
      lines[at] = changed;
    } else if (!isBlankOrComment(line)) break;
  }
  return { text: isChanged ? lines.join('\n') : script, isChanged };
}

/** The option to remove. */
interface OptionRemoval {
  readonly option: string;
  readonly reader: DirectiveReader;
}

function removeFromLine(
  line: string,
  state: { isValue: boolean; isOver: boolean },
  removal: OptionRemoval,
): string {
  const {
    option,
    reader: { parseWord: readOptions, syntax },
  } = removal;
  const { magic } = syntax;
  const options = line.slice(magic.length);
  let changed = '';
  let copied = 0;
  for (const { text, from, to } of splitDirective(options).words) {
    if (state.isValue) state.isValue = false;
    else if (text === '--') state.isOver = true;
    else if (!state.isOver) {
      const parts = readOptions(text);
      state.isValue = parts.some(({ isOpen }) => isOpen);
      if (!parts.some(({ name, value }) => name === option && value === undefined)) continue;
      changed += options.slice(copied, from) + removeFromWord(text, removal);
      copied = to;
    }
  }
  return magic + changed + options.slice(copied);
}

/** The rest of a word: nothing of `--wait`, `-Hn4` of `-HWn4`. */
function removeFromWord(
  text: string,
  { option, reader: { parseWord: readOptions, syntax } }: OptionRemoval,
): string {
  if (text.startsWith('--')) return '';
  let at = 1;
  let kept = '-';
  // After an option with a value, which is the last in its word, a letter is part of the value.
  for (const { value, isOpen } of readOptions(text)) {
    if (value !== undefined || isOpen) break;
    const letter = text.charAt(at++);
    if (syntax.shortNames.get(letter) !== option) kept += letter;
  }
  kept += text.slice(at);
  if (kept === '-') return '';
  return /^[\w./:=,@%+-]+$/.test(kept) ? kept : `"${kept.replaceAll(/["\\]/g, '\\$&')}"`;
}
