/** The part of a `zod` schema that reading needs. */
export interface Schema<T> {
  readonly safeParse: (
    value: unknown,
  ) => { readonly success: true; readonly data: T } | { readonly success: false };
}

/** The value of a JSON text; undefined: it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The same, also where the JSON stands in a JSON string. */
export function parseNestedJson(text: string): unknown {
  const outer = parseJson(text);
  return typeof outer === 'string' ? parseJson(outer) : outer;
}

/** The value of a JSON text that has this form; undefined: it is none, or has another form. */
export function parseJsonAs<T>(text: string, schema: Schema<T>): T | undefined {
  const read = schema.safeParse(parseJson(text));
  return read.success ? read.data : undefined;
}
