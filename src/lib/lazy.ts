/** Calls `load` on the first call only; all calls return the same promise. */
export function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}

/** An object with asynchronous members only. */
type AsyncMembers<T> = { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> };

/**
 * Creates an object that is loaded when one of its members is first called.
 *
 * @param names - The names of all its members.
 */
export function loadLazily<T extends AsyncMembers<T>>(
  load: () => Promise<T>,
  names: Readonly<Record<keyof T, true>>,
): T {
  const loaded = loadOnce(load);
  const members = Object.keys(names).map((name) => [
    name,
    // SAFETY: `names` has the keys of T.
    async (...args: never[]) => (await loaded())[name as keyof T](...args),
  ]);
  // SAFETY: each member passes its arguments to the member of the same name.
  return Object.fromEntries(members) as T;
}
