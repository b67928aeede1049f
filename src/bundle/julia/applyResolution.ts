import { isAbsolute } from 'node:path';
import { statIfPresent } from '../followLinks.js';
import type { ResolveTask } from './resolveTask.js';
import { createDevParts, createFilePart, createTreePart, type JuliaParts, type BundlePart } from './parts.js';
import { parseResolution, type JuliaFinding, type JuliaRunResult } from './parseResolution.js';
import { parseToml } from './toml.js';

/** The parts that Julia added to a bundle, and warnings about the missing ones. */
export interface ResolvedParts {
  /** New parts. */
  readonly parts: readonly BundlePart[];
  readonly warnings: readonly string[];
  /** True: the parts include a manifest. */
  readonly hasManifest: boolean;
}

/** Describes what Julia will resolve, a sentence each. */
export const listPendingWarnings = ({ resolve, added, artifacts }: ResolveTask): readonly string[] => [
  ...(resolve ? ['There is no manifest: Julia will create one, in the bundle only.'] : []),
  ...added.map(
    ({ name, url }) =>
      `${name} was added from ${url}: unless it is registered, Julia's installed copy will be included.`,
  ),
  ...artifacts.map((path) => `Julia will locate the artifacts of ${path}.`),
];

/** Evaluates Julia's result. Blocks the thread. @throws {@link JobError} of kind `unreadable`. */
export function applyResolution(
  julia: JuliaParts,
  need: ResolveTask,
  outcome: JuliaRunResult,
): ResolvedParts {
  if (outcome.kind === 'absent')
    return createWithoutParts(createWithoutJulia(need, 'Julia was not found on this machine'));
  if (outcome.kind === 'failed')
    return createWithoutParts(createWithoutJulia(need, `Julia failed: ${outcome.why}`));
  const findings = parseResolution(outcome.report);
  if (!findings) return createWithoutParts(createWithoutJulia(need, 'Julia exited unexpectedly'));
  return applyFindings(findings, julia, outcome.folder, need);
}

const createWithoutParts = (warnings: readonly string[]): ResolvedParts => ({
  parts: [],
  warnings,
  hasManifest: false,
});

/** @param why - A clause. */
const createWithoutJulia = ({ resolve, added, artifacts }: ResolveTask, why: string): readonly string[] => [
  ...(resolve ? [`There is no manifest, and the job must resolve package versions, because ${why}.`] : []),
  ...added.map(({ name, url }) => `${name} is not included because ${why}. The job must get it from ${url}.`),
  ...artifacts.map(
    (path) => `The artifacts of ${path} are not included because ${why}. The job must download them.`,
  ),
];

/** The results so far. */
interface PartsBuilder {
  readonly parts: Map<string, BundlePart>;
  readonly warnings: string[];
}

function applyFindings(
  findings: readonly JuliaFinding[],
  julia: JuliaParts,
  folder: string,
  need: ResolveTask,
): ResolvedParts {
  const grown: PartsBuilder = { parts: new Map(), warnings: [] };
  const findWord = (kind: string): string | undefined => findings.find((one) => one.kind === kind)?.words[0];
  const manifest = findWord('manifest');
  if (manifest !== undefined) addManifest(manifest, findWord('version') ?? '', julia, folder, grown);
  for (const finding of findings) applyFinding(finding, need, grown);
  const isFromElsewhere =
    process.platform !== 'linux' && [...grown.parts.keys()].some((path) => path.startsWith(artifactsFolder));
  if (isFromElsewhere)
    grown.warnings.push('The artifacts are for this machine; jobs may need different ones.');
  return { ...grown, parts: [...grown.parts.values()], hasManifest: manifest !== undefined };
}

function addManifest(
  text: string,
  version: string,
  { dev }: JuliaParts,
  folder: string,
  grown: PartsBuilder,
): void {
  const path = 'Manifest.toml';
  const before = new Set(dev.packages().map((one) => one.path));
  const settled = dev.rewrite({ path, text, table: parseToml(text) }, 'manifest', folder);
  const added = dev.packages().filter((one) => !before.has(one.path));
  for (const part of [createFilePart(path, settled ?? text, 'resolved'), ...added.flatMap(createDevParts)])
    grown.parts.set(part.path, part);
  grown.warnings.push(
    `${path} was created by Julia ${version}; jobs with another version may need a different one.`,
  );
}

function applyFinding(
  { kind, words }: JuliaFinding,
  need: ResolveTask,
  { parts, warnings }: PartsBuilder,
): void {
  const [first = '', second = '', third = ''] = words;
  const put = (path: string, from: string, name: string, why: 'package' | 'artifact'): void => {
    if (isAbsolute(from) && statIfPresent(from)?.isDirectory())
      parts.set(path, createTreePart(path, from, name, why));
  };
  switch (kind) {
    case 'package':
      if (isArtifactName(first) && isArtifactName(second))
        put(`.bundle/depot/packages/${first}/${second}`, third, first, 'package');
      break;
    case 'artifact':
      if (/^[0-9a-f]{40}$/.test(first))
        put(`${artifactsFolder}${first}`, second, `artifact ${first}`, 'artifact');
      break;
    case 'unresolved':
      warnings.push(
        ...createWithoutJulia({ ...need, added: [], artifacts: [] }, `Julia could not create one (${first})`),
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
const artifactsFolder = '.bundle/depot/artifacts/';

const isArtifactName = (text: string): boolean => /^[^/\\\0]+$/.test(text) && !/^\.\.?$/.test(text);
