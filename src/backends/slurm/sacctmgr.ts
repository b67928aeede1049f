/** The accounts and QOS that a user can choose. */
export interface AccountAssociations {
  /** Each once, in the order reported. */
  readonly accounts: readonly SlurmAccount[];
  /** Undefined if none is set. */
  readonly defaultAccount: string | undefined;
}

/** An account for `--account`. */
export interface SlurmAccount {
  readonly name: string;
  /** The partitions it applies to; empty: all. */
  readonly partitions: readonly string[];
  /** The values for `--qos`. */
  readonly qos: readonly string[];
  readonly defaultQos: string | undefined;
}

/**
 * The command line; needs accounting. {@link parseAssociations} parses its output. Source: docs/protocols/slurm.md, 8.
 */
export const toAssociationArgs = (user: string): readonly string[] => [
  ...['sacctmgr', '--noheader', '--parsable2', 'show', 'user', user, 'withassoc'],
  'format=defaultaccount,account,partition,qos,defaultqos',
];

/** Parses the output of sacctmgr with {@link toAssociationArgs}: one line for each account and partition. */
export function parseAssociations(text: string): AccountAssociations {
  const accounts = new Map<string, SlurmAccount>();
  let defaultAccount: string | undefined;
  for (const line of text.split('\n')) {
    const fields = line.split('|').map((field) => field.trim());
    const [preferred = '', name = '', partition = '', qos = '', defaultQos = ''] = fields;
    if (fields.length !== 5 || name === '') continue;
    if (preferred !== '') defaultAccount ??= preferred;
    const known = accounts.get(name);
    accounts.set(name, {
      name,
      partitions: addPartition(known, partition),
      qos: [...new Set([...(known?.qos ?? []), ...qos.split(',').filter((one) => one !== '')])],
      defaultQos: known?.defaultQos ?? (defaultQos === '' ? undefined : defaultQos),
    });
  }
  return { accounts: [...accounts.values()], defaultAccount };
}

/** An association without a partition applies to all of them. */
function addPartition(known: SlurmAccount | undefined, partition: string): readonly string[] {
  const isForAll = partition === '' || (known !== undefined && known.partitions.length === 0);
  return isForAll ? [] : [...new Set([...(known?.partitions ?? []), partition])];
}
