const nobody = 65_534;

/**
 * Runs something as a user for whom file permissions apply: the superuser temporarily becomes another user.
 */
export async function withoutRights(act: () => Promise<void> | void): Promise<void> {
  if (process.getuid?.() !== 0) return act();
  process.seteuid?.(nobody);
  try {
    await act();
  } finally {
    process.seteuid?.(0);
  }
}
