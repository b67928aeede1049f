/** Ends a `switch` over a union: the compiler refuses it where a member is left over. */
export function unreachable(value: never): never {
  throw new TypeError(`unexpected ${JSON.stringify(value)}`);
}
