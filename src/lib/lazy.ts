/** Calls `load` with the first call only; each call gives the same promise. */
export function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => (loaded ??= load());
}

/** An object that has only members that are asynchronous. */
type AsyncMembers<T> = { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> };

/**
 * An object that is loaded with the first call of one of its members.
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
    async (...args: never[]) => (await loaded())[name as keyof T](...args), // SAFETY: `names` has the keys of T.
  ]);
  return Object.fromEntries(members) as T; // SAFETY: each member hands its arguments on to the one of its name.
}
