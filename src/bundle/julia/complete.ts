import { isAbsolute } from 'node:path';
import { statAt } from '../links.js';
import type { Need } from './need.js';
import { devParts, filePart, treePart, type JuliaParts, type Part } from './parts.js';
import { findingsIn, type Finding, type Outcome } from './report.js';
import { readToml } from './toml.js';

/** The parts that Julia added to a bundle, and warnings about the missing ones. */
export interface Completed {
  /** New parts. */
  readonly parts: readonly Part[];
  readonly warnings: readonly string[];
  /** True: the parts include a manifest. */
  readonly hasManifest: boolean;
}

/** Describes what Julia will resolve, a sentence each. */
export const pendingWarnings = ({ resolve, added, artifacts }: Need): readonly string[] => [
  ...(resolve ? ['There is no manifest: Julia will create one, in the bundle only.'] : []),
  ...added.map(
    ({ name, url }) =>
      `${name} was added from ${url}: unless it is registered, Julia's installed copy will be included.`,
  ),
  ...artifacts.map((path) => `Julia will locate the artifacts of ${path}.`),
];

/** Evaluates Julia's result. Blocks the thread. @throws {@link JobError} of kind `unreadable`. */
export function completed(julia: JuliaParts, need: Need, outcome: Outcome): Completed {
  if (outcome.kind === 'absent') return nothing(withoutJulia(need, 'Julia was not found on this machine'));
  if (outcome.kind === 'failed') return nothing(withoutJulia(need, `Julia failed: ${outcome.why}`));
  const findings = findingsIn(outcome.report);
  if (!findings) return nothing(withoutJulia(need, 'Julia exited unexpectedly'));
  return taken(findings, julia, outcome.folder, need);
}

const nothing = (warnings: readonly string[]): Completed => ({ parts: [], warnings, hasManifest: false });

/** @param why - A clause. */
const withoutJulia = ({ resolve, added, artifacts }: Need, why: string): readonly string[] => [
  ...(resolve ? [`There is no manifest, and the job must resolve package versions, because ${why}.`] : []),
  ...added.map(({ name, url }) => `${name} is not included because ${why}. The job must get it from ${url}.`),
  ...artifacts.map(
    (path) => `The artifacts of ${path} are not included because ${why}. The job must download them.`,
  ),
];

/** The results so far. */
interface Taken {
  readonly parts: Map<string, Part>;
  readonly warnings: string[];
}

function taken(findings: readonly Finding[], julia: JuliaParts, folder: string, need: Need): Completed {
  const grown: Taken = { parts: new Map(), warnings: [] };
  const wordOf = (kind: string): string | undefined => findings.find((one) => one.kind === kind)?.words[0];
  const manifest = wordOf('manifest');
  if (manifest !== undefined) takeManifest(manifest, wordOf('version') ?? '', julia, folder, grown);
  for (const finding of findings) take(finding, need, grown);
  const isFromElsewhere =
    process.platform !== 'linux' && [...grown.parts.keys()].some((path) => path.startsWith(artifacts));
  if (isFromElsewhere)
    grown.warnings.push('The artifacts are for this machine; jobs may need different ones.');
  return { ...grown, parts: [...grown.parts.values()], hasManifest: manifest !== undefined };
}

function takeManifest(
  text: string,
  version: string,
  { dev }: JuliaParts,
  folder: string,
  grown: Taken,
): void {
  const path = 'Manifest.toml';
  const before = new Set(dev.packages().map((one) => one.path));
  const settled = dev.settle({ path, text, table: readToml(text) }, 'manifest', folder);
  const added = dev.packages().filter((one) => !before.has(one.path));
  for (const part of [filePart(path, settled ?? text, 'resolved'), ...added.flatMap(devParts)])
    grown.parts.set(part.path, part);
  grown.warnings.push(
    `${path} was created by Julia ${version}; jobs with another version may need a different one.`,
  );
}

function take({ kind, words }: Finding, need: Need, { parts, warnings }: Taken): void {
  const [first = '', second = '', third = ''] = words;
  const put = (path: string, from: string, name: string, why: 'package' | 'artifact'): void => {
    if (isAbsolute(from) && statAt(from)?.isDirectory()) parts.set(path, treePart(path, from, name, why));
  };
  switch (kind) {
    case 'package':
      if (isName(first) && isName(second))
        put(`.bundle/depot/packages/${first}/${second}`, third, first, 'package');
      break;
    case 'artifact':
      if (/^[0-9a-f]{40}$/.test(first)) put(`${artifacts}${first}`, second, `artifact ${first}`, 'artifact');
      break;
    case 'unresolved':
      warnings.push(
        ...withoutJulia({ ...need, added: [], artifacts: [] }, `Julia could not create one (${first})`),
      );
      break;
    case 'noPackage': {
      const url = need.added.find(({ name }) => name === first)?.url ?? 'its source';
      const why = second === '' ? '' : ` (${second})`;
      warnings.push(
        `${first} is not included: it is not installed on this machine${why}. The job must get it from ${url}.`,
      );
      break;
    }
    case 'noArtifact':
      warnings.push(`The artifact ${first} of ${second} is not included: ${third}`);
      break;
    default:
    // The version and the manifest have been read before.
  }
}

/** The folder of artifacts in a bundle. */
const artifacts = '.bundle/depot/artifacts/';

const isName = (text: string): boolean => /^[^/\\\0]+$/.test(text) && !/^\.\.?$/.test(text);
