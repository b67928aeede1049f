import { parse } from 'smol-toml';

/** A parsed TOML table. */
export type TomlTable = Readonly<Record<string, unknown>>;

const isTomlTable = (value: unknown): value is TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Parses TOML; undefined if it is invalid. */
export function parseToml(text: string): TomlTable | undefined {
  try {
    return parse(text.replace(/^\ufeff/, ''), { integersAsBigInt: 'asNeeded' });
  } catch {
    return undefined;
  }
}

/** The table of a key; undefined if there is none. */
export function getTable(table: TomlTable | undefined, key: string): TomlTable | undefined {
  const value = getValue(table, key);
  return isTomlTable(value) ? value : undefined;
}

/** The tables in the array of a key; empty if there is no array. */
export function getTables(table: TomlTable | undefined, key: string): readonly TomlTable[] {
  const value = getValue(table, key);
  return Array.isArray(value) ? value.filter(isTomlTable) : [];
}

/** The string of a key; undefined if there is none. */
export function getText(table: TomlTable | undefined, key: string): string | undefined {
  const value = getValue(table, key);
  return typeof value === 'string' ? value : undefined;
}

/** The strings in the array of a key; empty if there is no array. */
export function getTexts(table: TomlTable | undefined, key: string): readonly string[] {
  const value = getValue(table, key);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

const getValue = (table: TomlTable | undefined, key: string): unknown =>
  table && Object.hasOwn(table, key) ? table[key] : undefined;
