import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Transform, type Readable } from 'node:stream';
import { JobError } from '../../core/problem.js';
import { toUserEnv } from '../../core/userEnvironment.js';
import type { Ended, Host } from './host.js';
import { lastOf } from './lastOf.js';
import { forAnyShell, missing, scriptFor } from './quoting.js';
import { sshLink, type SshLink, type SshOptions } from './sshLink.js';
import { sshReason } from './sshReasons.js';

/** Another machine, reached by the system's own ssh with the user's configuration, agent and known hosts. */
export interface SshHost extends Host {
  /** The user wants it: questions that they left are asked again. */
  readonly anew: () => void;
  /** Nobody needs it any more: closes the connection. */
  readonly close: () => void;
}

/** A host as `ssh` knows it. All programs share one connection. */
export function sshHost(options: SshOptions): SshHost {
  const { program, host: name, place, env, say } = options;
  const link = sshLink(options);
  return {
    name,
    isRemote: true,
    anew: link.anew,
    close: link.close,
    start: async (command, signal) => {
      signal.throwIfAborted();
      const mark = `batch-jobs-${randomBytes(8).toString('hex')}`;
      const script = forAnyShell(scriptFor(command, mark));
      const release = link.use();
      const args = await linked(link, signal).catch((error: unknown) => {
        release();
        throw error;
      });
      const child = spawn(program, [...args, script], {
        env: toUserEnv(env),
        stdio: ['pipe', 'pipe', 'pipe'],
        windowsHide: true,
        signal,
      });
      child.stdin.on('error', () => undefined);
      const errors = lastOf(child.stderr);
      let hasBegun = false;
      const output = afterMark(child.stdout, mark, () => {
        hasBegun = true;
      });
      const end = new Promise<Ended>((resolve, reject) => {
        child.on('error', (error: NodeJS.ErrnoException) => {
          const isMissing = error.code === 'ENOENT';
          reject(isMissing ? new JobError({ kind: 'missingTool', tool: program, for: place }) : error);
        });
        child.once('close', () => {
          release();
          const told = readEnd(errors(), mark);
          if (told === undefined) {
            // What it says from then on are the command's own words; ssh itself ends without any.
            const why = hasBegun ? say('the connection was dropped') : sshReason(errors(), say);
            reject(new JobError({ kind: 'offline', place, why }));
          } else if (told === missing)
            reject(new JobError({ kind: 'missingTool', tool: command.argv[0] ?? '', for: name }));
          else resolve(told);
        });
      });
      end.catch((error: unknown) => {
        output.destroy(error instanceof Error ? error : undefined);
      });
      return { input: child.stdin, output, end };
    },
  };
}

/** How the command ended, and its own words on stderr; undefined: that was not told, so something broke. */
function readEnd(errors: string, mark: string): Ended | typeof missing | undefined {
  const begin = errors.indexOf(`${mark}\n`);
  const end = errors.lastIndexOf(`${mark} `);
  if (end < 0) return undefined;
  const told = errors.slice(end + mark.length + 1);
  if (told.startsWith(missing)) return missing;
  const code = Number.parseInt(told, 10);
  if (Number.isNaN(code)) return undefined;
  return { code, errors: errors.slice(begin < 0 ? 0 : begin + mark.length + 1, end) };
}

/** The arguments that lead over the connection; it may take long to open, and nobody want it any more then. */
async function linked({ args }: SshLink, signal: AbortSignal): Promise<readonly string[]> {
  const all = await args(signal);
  signal.throwIfAborted();
  return all;
}

/** What comes after the line that is the mark, which is told: before it stands what a login shell says. */
function afterMark(source: Readable, mark: string, met: () => void): Transform {
  let before: Buffer | undefined = Buffer.alloc(0);
  const line = Buffer.from(`${mark}\n`);
  const output = new Transform({
    transform: (part: Buffer, _encoding, done) => {
      if (!before) {
        done(null, part);
        return;
      }
      before = Buffer.concat([before, part]);
      const at = before.indexOf(line);
      if (at < 0) {
        before = before.subarray(-65_536);
        done();
        return;
      }
      const rest = before.subarray(at + line.length);
      before = undefined;
      met();
      done(null, rest);
    },
  });
  source.on('error', (error) => output.destroy(error));
  // Whoever stops reading breaks the pipe, as without us between, so that what writes into it ends.
  output.once('close', () => source.destroy());
  return source.pipe(output);
}
