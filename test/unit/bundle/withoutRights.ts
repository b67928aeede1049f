const nobody = 65_534;

/** Does something as a user to whom modes of files matter: the superuser becomes another one for as long. */
export async function withoutRights(act: () => Promise<void> | void): Promise<void> {
  if (process.getuid?.() !== 0) return act();
  process.seteuid?.(nobody);
  try {
    await act();
  } finally {
    process.seteuid?.(0);
  }
}
