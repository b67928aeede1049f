import { spawn } from 'node:child_process';
import type { Clock } from '../core/domain/ports.js';
import { toUserEnv } from '../lib/userEnvironment.js';
import { collectTail } from '../lib/node/programs.js';
import { waitUpTo } from '../lib/time.js';

/** The ssh program and its configuration. */
export interface SshProgram {
  /** The ssh program: a name on the PATH, or an absolute path. */
  readonly program: string;
  /** A configuration file instead of the user's own; empty: the default files. */
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

/** The timeout for reading the configuration, which can run programs, in milliseconds. */
const readTimeoutMs = 10_000;

/** The arguments of ssh that select its configuration. */
export const toConfigArgs = ({ configFile }: Pick<SshProgram, 'configFile'>): readonly string[] =>
  configFile === '' ? [] : ['-F', configFile];

/**
 * The settings that ssh uses for a host, by lowercase name, as `ssh -G` prints them. Empty if ssh is too old
 * or its configuration is invalid; connecting then reports the error.
 */
export async function resolveHost(
  ssh: SshProgram,
  host: string,
  ms = readTimeoutMs,
): Promise<ReadonlyMap<string, string>> {
  const { program, env, clock } = ssh;
  const child = spawn(program, [...toConfigArgs(ssh), '-G', '--', host], {
    env: toUserEnv(env),
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const output = collectTail(child.stdout);
  const ended = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
  const isRead = await waitUpTo(ended, ms, clock);
  if (isRead === undefined) child.kill();
  return isRead === true ? parseSettings(output()) : new Map();
}

/** Parses lines of `name value`; the first line of a name counts. */
export function parseSettings(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const end = line.indexOf(' ');
    const name = (end < 0 ? line : line.slice(0, end)).trim().toLowerCase();
    if (name !== '' && !settings.has(name)) settings.set(name, end < 0 ? '' : line.slice(end + 1).trim());
  }
  return settings;
}

/**
 * Settings of the user's configuration with which no program could run; older versions support few of them.
 */
const requiredOptions: readonly (readonly [name: string, option: string])[] = [
  ['stdinnull', 'StdinNull=no'],
  ['forkafterauthentication', 'ForkAfterAuthentication=no'],
];

/** The options of ssh for the connection itself, and for each program that uses it. */
export interface SshArgs {
  readonly connection: readonly string[];
  readonly program: readonly string[];
}

/**
 * The options for running programs over ssh, regardless of the host's configuration: no terminal, no
 * forwarding, no other command, and only error messages. Timeouts are the user's, or defaults if not
 * configured.
 */
export function toSshArgs(settings: ReadonlyMap<string, string>): SshArgs {
  const isOpen = (name: string, ...unset: readonly string[]): boolean =>
    [undefined, '', ...unset].includes(settings.get(name));
  const options = [
    ...['RemoteCommand=none', 'ClearAllForwardings=yes', 'PermitLocalCommand=no', 'Tunnel=no'],
    ...['LogLevel=ERROR'],
    ...requiredOptions.flatMap(([name, option]) => (settings.has(name) ? [option] : [])),
    ...(isOpen('connecttimeout', 'none', '0') ? ['ConnectTimeout=20'] : []),
    ...(isOpen('serveraliveinterval', '0') ? ['ServerAliveInterval=15', 'ServerAliveCountMax=3'] : []),
  ];
  const connection = ['-T', '-x', ...options.flatMap((option) => ['-o', option])];
  // An error together with `-N`.
  const session = settings.has('sessiontype') ? ['-o', 'SessionType=default'] : [];
  return { connection, program: [...connection, ...session] };
}

/** The maximum number of hosts resolved concurrently, and the timeout for all of them, in milliseconds. */
const maxConcurrentHosts = 8;
const describeTimeoutMs = 1_500;

/** The user and address that ssh uses for each host, if they differ from the defaults. */
export async function describeHosts(
  ssh: SshProgram,
  hosts: readonly string[],
  user: string,
): Promise<ReadonlyMap<string, string>> {
  const details = new Map<string, string>();
  const left = [...hosts];
  let isLate = false;
  const work = async (): Promise<void> => {
    for (let host = left.shift(); host !== undefined && !isLate; host = left.shift()) {
      const settings = await resolveHost(ssh, host, describeTimeoutMs);
      const own = settings.get('user') === user ? undefined : settings.get('user');
      const address = settings.get('hostname') === host ? undefined : settings.get('hostname');
      details.set(host, [own, address].filter((part) => part !== undefined).join('@'));
    }
  };
  await waitUpTo(Promise.all(Array.from({ length: maxConcurrentHosts }, work)), describeTimeoutMs, ssh.clock);
  isLate = true;
  return new Map(details);
}
