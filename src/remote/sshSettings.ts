import { spawn } from 'node:child_process';
import type { Clock } from '../core/domain/ports.js';
import { toUserEnv } from '../lib/userEnvironment.js';
import { keepTail } from '../lib/node/programs.js';
import { waitAtMost } from '../lib/time.js';

/** Which ssh, and with which configuration. */
export interface SshProgram {
  /** The ssh program: a name on the PATH, or absolute. */
  readonly program: string;
  /** A configuration file instead of the user's own; empty: ssh reads its usual ones. */
  readonly configFile: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

/** So long ssh may take to read its configuration, which may run programs, in milliseconds. */
const readMs = 10_000;

/** The arguments of ssh that name its configuration. */
export const configArgs = ({ configFile }: Pick<SshProgram, 'configFile'>): readonly string[] =>
  configFile === '' ? [] : ['-F', configFile];

/**
 * The settings that ssh would use for a host, by their names in lower case, as `ssh -G` tells them. Empty where it does
 * not tell: it is too old, or its configuration is wrong, of which it says more when it connects.
 */
export async function resolveHost(
  ssh: SshProgram,
  host: string,
  ms = readMs,
): Promise<ReadonlyMap<string, string>> {
  const { program, env, clock } = ssh;
  const child = spawn(program, [...configArgs(ssh), '-G', '--', host], {
    env: toUserEnv(env),
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });
  const output = keepTail(child.stdout);
  const ended = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
  const isRead = await waitAtMost(ended, ms, clock);
  if (isRead === undefined) child.kill();
  return isRead === true ? parseSettings(output()) : new Map();
}

/** Lines of `name value`; of a name that comes several times the first counts. */
export function parseSettings(text: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const end = line.indexOf(' ');
    const name = (end < 0 ? line : line.slice(0, end)).trim().toLowerCase();
    if (name !== '' && !settings.has(name)) settings.set(name, end < 0 ? '' : line.slice(end + 1).trim());
  }
  return settings;
}

/** What the user's configuration may ask for that no program of ours could run with; older versions know few of these. */
const overriding: readonly (readonly [name: string, option: string])[] = [
  ['stdinnull', 'StdinNull=no'],
  ['forkafterauthentication', 'ForkAfterAuthentication=no'],
];

/** The options of ssh for the connection itself, and those of each program that runs over it. */
export interface SshArgs {
  readonly connection: readonly string[];
  readonly program: readonly string[];
}

/**
 * The options with which our programs run over ssh, whatever is configured for the host: no terminal, no forwarding, no
 * command but ours, and ssh's messages neither hidden nor many. How long ssh waits is the user's, and ours where they
 * have not said.
 */
export function sshOptions(settings: ReadonlyMap<string, string>): SshArgs {
  const isOpen = (name: string, ...unset: readonly string[]): boolean =>
    [undefined, '', ...unset].includes(settings.get(name));
  const options = [
    ...['RemoteCommand=none', 'ClearAllForwardings=yes', 'PermitLocalCommand=no', 'Tunnel=no'],
    ...['LogLevel=ERROR'],
    ...overriding.flatMap(([name, option]) => (settings.has(name) ? [option] : [])),
    ...(isOpen('connecttimeout', 'none', '0') ? ['ConnectTimeout=20'] : []),
    ...(isOpen('serveraliveinterval', '0') ? ['ServerAliveInterval=15', 'ServerAliveCountMax=3'] : []),
  ];
  const connection = ['-T', '-x', ...options.flatMap((option) => ['-o', option])];
  // Beside `-N` it would be an error.
  const session = settings.has('sessiontype') ? ['-o', 'SessionType=default'] : [];
  return { connection, program: [...connection, ...session] };
}

/** How many hosts are resolved at once, and how long all of them may take, in milliseconds. */
const atOnce = 8;
const describeMs = 1_500;

/** The user and the address to which ssh resolves each host, where they are not those it has without a configuration. */
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
      const settings = await resolveHost(ssh, host, describeMs);
      const own = settings.get('user') === user ? undefined : settings.get('user');
      const address = settings.get('hostname') === host ? undefined : settings.get('hostname');
      details.set(host, [own, address].filter((part) => part !== undefined).join('@'));
    }
  };
  await waitAtMost(Promise.all(Array.from({ length: atOnce }, work)), describeMs, ssh.clock);
  isLate = true;
  return new Map(details);
}
