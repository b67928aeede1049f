/** One requested field: its name, its name in the response, its arguments and its own fields. */
interface Field {
  readonly name: string;
  readonly as: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly fields: readonly Field[];
}

/** Parses a query and returns its root fields; undefined if it is not one of the supported simple queries. */
function parse(query: string, variables: Readonly<Record<string, unknown>>): readonly Field[] | undefined {
  const words: readonly string[] =
    query.match(/"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|-?\d+|\$\w+|[{}()[\]:,!=@]/g) ?? [];
  let at = 0;
  const next = (): string => words[at++] ?? '';
  const peek = (): string | undefined => words[at];
  const fieldsOf = (): readonly Field[] => {
    const fields: Field[] = [];
    while (at < words.length && peek() !== '}') fields.push(field());
    at++;
    return fields;
  };
  const field = (): Field => {
    const as = next();
    let name = as;
    if (peek() === ':') {
      at++;
      name = next();
    }
    const args: Record<string, unknown> = {};
    if (peek() === '(') {
      at++;
      while (at < words.length && peek() !== ')') {
        const key = next();
        at++;
        args[key] = value();
        if (peek() === ',') at++;
      }
      at++;
    }
    if (peek() !== '{') return { name, as, args, fields: [] };
    at++;
    return { name, as, args, fields: fieldsOf() };
  };
  const value = (): unknown => {
    const word = next();
    if (word.startsWith('$')) return variables[word.slice(1)];
    if (/^-?\d+$/.test(word)) return Number(word);
    if (word !== '{' && word !== '[') return word;
    for (let depth = 1; depth > 0 && at < words.length;) {
      const inner = next();
      if (/[{[]/.test(inner)) depth++;
      if (/[}\]]/.test(inner)) depth--;
    }
    return undefined;
  };
  at = words.indexOf('{');
  if (at < 0) return undefined;
  at++;
  return fieldsOf();
}

/** Selects the requested fields under the requested names. */
function pick(value: unknown, fields: readonly Field[], unknown: string[]): unknown {
  if (Array.isArray(value)) return value.map((one) => pick(one, fields, unknown));
  if (typeof value !== 'object' || value === null) return value;
  const all: Readonly<Record<string, unknown>> = { ...value };
  return Object.fromEntries(
    fields.map(({ name, as, fields: inner }) => {
      if (!(name in all)) unknown.push(name);
      return [as, pick(all[name] ?? null, inner, unknown)];
    }),
  );
}

/**
 * Answers a query about these tables as GraphQL servers do: only the requested fields, with `limit` and
 * `offset`, and `errors` for fields that do not exist.
 */
export function answerQuery(
  body: Readonly<Record<string, unknown>>,
  tables: Readonly<Record<string, readonly unknown[]>>,
): unknown {
  const { query, variables } = body;
  const given: Readonly<Record<string, unknown>> =
    typeof variables === 'object' && variables !== null ? { ...variables } : {};
  const roots = typeof query === 'string' ? parse(query, given) : undefined;
  if (!roots) return { errors: [{ message: 'not a query' }] };
  const unknown: string[] = [];
  const data = Object.fromEntries(
    roots.map(({ name, as, args, fields }) => {
      const table = tables[name];
      if (!table) unknown.push(name);
      const offset = Number(args['offset'] ?? 0);
      const limit = Number(args['limit'] ?? Infinity);
      return [as, pick((table ?? []).slice(offset, offset + limit), fields, unknown)];
    }),
  );
  if (unknown.length > 0)
    return { errors: unknown.map((name) => ({ message: `field '${name}' not found in type` })) };
  return { data };
}
