/** The part of a `zod` schema that is used here. */
export interface ValueSchema<T> {
  readonly safeParse: (
    value: unknown,
  ) => { readonly success: true; readonly data: T } | { readonly success: false };
}

/** Parses JSON; undefined if it is invalid. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Parses JSON that can be nested in a JSON string. */
export function parseNestedJson(text: string): unknown {
  const outer = parseJson(text);
  return typeof outer === 'string' ? parseJson(outer) : outer;
}

/** Parses JSON; undefined if it is invalid or does not match the schema. */
export function parseJsonAs<T>(text: string, schema: ValueSchema<T>): T | undefined {
  const read = schema.safeParse(parseJson(text));
  return read.success ? read.data : undefined;
}
