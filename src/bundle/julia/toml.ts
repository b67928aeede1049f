import { parse } from 'smol-toml';

/** A parsed TOML table. */
export type Table = Readonly<Record<string, unknown>>;

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Parses TOML; undefined if it is invalid. */
export function readToml(text: string): Table | undefined {
  try {
    return parse(text.replace(/^\ufeff/, ''), { integersAsBigInt: 'asNeeded' });
  } catch {
    return undefined;
  }
}

/** The table of a key; undefined if there is none. */
export function tableAt(table: Table | undefined, key: string): Table | undefined {
  const value = valueAt(table, key);
  return isTable(value) ? value : undefined;
}

/** The tables in the array of a key; empty if there is no array. */
export function tablesAt(table: Table | undefined, key: string): readonly Table[] {
  const value = valueAt(table, key);
  return Array.isArray(value) ? value.filter(isTable) : [];
}

/** The string of a key; undefined if there is none. */
export function textAt(table: Table | undefined, key: string): string | undefined {
  const value = valueAt(table, key);
  return typeof value === 'string' ? value : undefined;
}

/** The strings in the array of a key; empty if there is no array. */
export function textsAt(table: Table | undefined, key: string): readonly string[] {
  const value = valueAt(table, key);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

const valueAt = (table: Table | undefined, key: string): unknown =>
  table && Object.hasOwn(table, key) ? table[key] : undefined;
