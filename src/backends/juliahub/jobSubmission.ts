import type { JobSubmission } from '../../core/domain/backend.js';
import {
  pickJobRequest,
  type Application,
  type Bundle,
  type ReviewItem,
  type ProgressCallback,
  type JobRequest,
  type SubmissionValidation,
  type JobWorkload,
} from '../../core/domain/jobSpec.js';
import type { JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import type { HttpClient } from '../../http/http.js';
import type { RegisteredApplication } from './applications.js';
import type { ServerCalls } from './serverCalls.js';
import { validateEnvironment } from './validation.js';
import { toProjectFiles } from './projectFiles.js';
import { createCostItem, formatCostTooltip } from './cost.js';
import { formatFieldsDryRun } from './dryRun.js';
import { toFormFields, type ResolvedChoices, type JuliaHubWorkload } from './fields.js';
import { findImage } from './images.js';
import { parseMinResources, findNodeForAnswer, findSmallestFit, type NodeType } from './nodes.js';
import type { JuliaHubCatalog } from './catalog.js';
import { formatNode, createJuliaHubQuestions } from './questions.js';
import type { JuliaHubJobStore } from './jobMetadata.js';
import {
  findStoredApplication,
  readStoredRequest,
  readStoredScript,
  withStoredSubmission,
  type StoredSubmissionDeps,
} from './storedSubmission.js';
import { submitJob } from './submitJob.js';
import { assertNever } from '../../lib/assertNever.js';

/** Dependencies of the submission facet. */
export interface JuliaHubSubmissionDeps {
  readonly calls: ServerCalls;
  /** Base URL of the server, shown in dry runs. */
  readonly base: string;
  readonly http: HttpClient;
  readonly offers: JuliaHubCatalog;
  readonly known: JuliaHubJobStore;
  readonly stored: StoredSubmissionDeps;
}

/** Creates the submission facet of JuliaHub. */
export function createJuliaHubSubmission(
  parts: JuliaHubSubmissionDeps,
): JobSubmission & Required<Omit<JobSubmission, UnsupportedMember>> {
  const { offers, stored } = parts;
  /** The selection of each validation, which is then sent. */
  const validated = new WeakMap<SubmissionValidation, ResolvedChoices>();
  return {
    questions: (work, application) => createJuliaHubQuestions(work, offers, application),
    validate: async (draft, signal) => {
      const chosen = await resolveChoices(draft, parts, signal);
      const validation = { items: await createReviewItems(draft, draft, { ...parts, chosen }, signal) };
      validated.set(validation, chosen);
      return validation;
    },
    send: async (spec, signal, onProgress, validation) => {
      const request = pickJobRequest(spec);
      const work = await toJuliaHubWorkload(spec, parts, signal);
      const chosen = validation && validated.get(validation);
      return sendAndRemember(
        work,
        request,
        getWorkScriptName(spec),
        { ...parts, ...(chosen ? { chosen } : {}) },
        signal,
        onProgress,
      );
    },
    applications: (signal) => offers.applications(signal),
    dryRun: async (draft, signal) => {
      const chosen = await resolveChoices(draft, parts, signal);
      return formatFieldsDryRun(
        await toJuliaHubWorkload(draft, parts, signal),
        pickJobRequest(draft),
        chosen,
        parts,
      );
    },
    previous: (id, signal) => readStoredRequest(id, stored, signal),
    again: async (id, signal, request) => {
      const same = request ?? pickJobRequest(await readStoredRequest(id, stored, signal));
      const application = await findStoredApplication(id, stored, signal);
      if (application)
        return sendAndRemember({ kind: 'application', application }, same, undefined, parts, signal);
      const { name } = await readStoredScript(id, stored, signal);
      return withStoredSubmission(id, stored, signal, (work) =>
        sendAndRemember(work, same, name, parts, signal),
      );
    },
  };
}

type UnsupportedMember = 'getDraft' | 'getDefaults' | 'getNotice';

/** The name of the script; undefined for an application. */
function getWorkScriptName(work: JobWorkload): string | undefined {
  if (work.kind === 'script') return work.script.name;
  return work.kind === 'bundle' ? work.entry : undefined;
}

/** Sends the submission and stores the metadata that the server does not return. */
async function sendAndRemember(
  work: JuliaHubWorkload,
  request: JobRequest,
  script: string | undefined,
  parts: JuliaHubSubmissionDeps & { readonly chosen?: ResolvedChoices },
  signal: AbortSignal,
  report?: ProgressCallback,
): Promise<JobId> {
  const { calls, http, known } = parts;
  const chosen = parts.chosen ?? (await resolveChoices(request, parts, signal));
  const id = await submitJob(work, request, chosen, { calls, http }, signal, report);
  const { password: _, ...options } = request.options;
  const { limitMs } = request;
  const manifestSha256 = 'bundle' in work ? work.bundle.lockFileSha256 : undefined;
  await known.put(id, {
    options,
    node: formatNode(chosen.node),
    cost: formatCostTooltip(chosen.node, request),
    ...(limitMs === undefined ? {} : { limitMs }),
    ...(script === undefined ? {} : { script }),
    ...(work.kind === 'application' ? { application: work.application } : {}),
    ...(manifestSha256 === undefined ? {} : { manifestSha256 }),
  });
  return id;
}

/** Resolves the answers against the server's catalog. */
async function resolveChoices(
  request: JobRequest,
  parts: JuliaHubSubmissionDeps,
  signal: AbortSignal,
): Promise<ResolvedChoices> {
  const { offers } = parts;
  const { options } = request;
  await checkServerGeneration(request, parts, signal);
  const node = resolveNode(await offers.nodes(signal), options['node'] ?? '');
  const name = options['image'] ?? '';
  if (name === '') return { node };
  const image = findImage(await offers.images(signal), name);
  if (!image) throw createInvalidSubmissionError(`The image ${name} is no longer available. Choose another.`);
  return { node, image };
}

/** Without an answer the smallest node type, as in the server's own client. */
function resolveNode(nodes: readonly NodeType[], wanted: string): NodeType {
  const node =
    wanted === ''
      ? findSmallestFit(nodes, { cpus: 1, memory: 1, gpu: false })
      : findNodeForAnswer(nodes, wanted);
  if (node) return node;
  throw createInvalidSubmissionError(
    parseMinResources(wanted)
      ? `The server has no node with at least ${wanted}.`
      : `The node ${wanted} is no longer available. Choose another.`,
  );
}

/** Rejects features that old servers do not support. Source: docs/protocols/juliahub.md, 3.5 and 12.3. */
async function checkServerGeneration(
  { limitMs, options }: JobRequest,
  { offers }: JuliaHubSubmissionDeps,
  signal: AbortSignal,
): Promise<void> {
  const isUnlimited = limitMs === undefined;
  if (!isUnlimited && options['sysimage'] !== 'yes') return;
  const { hasProducts } = await offers.generation(signal);
  if (hasProducts) return;
  throw createInvalidSubmissionError(
    isUnlimited
      ? 'This server requires a time limit. Enter one.'
      : 'This server is too old to build system images.',
  );
}

const createInvalidSubmissionError = (why: string): JobError => new JobError({ kind: 'invalid', why });

async function findRegisteredApplication(
  { id, title }: Application,
  { offers }: JuliaHubSubmissionDeps,
  signal: AbortSignal,
): Promise<RegisteredApplication> {
  const found = (await offers.applications(signal)).find((one) => one.id === id);
  if (!found) throw new JobError({ kind: 'gone', name: title });
  return found;
}

/** Placeholder for a bundle that is not packed yet; nothing that depends on its content is checked. */
const emptyBundle: Bundle = {
  file: '',
  root: '',
  files: 0,
  bytes: 0,
  sha256: '0'.repeat(64),
  lockFileSha256: '0'.repeat(64),
};

async function toJuliaHubWorkload(
  work: JobWorkload,
  parts: JuliaHubSubmissionDeps,
  signal: AbortSignal,
): Promise<JuliaHubWorkload> {
  switch (work.kind) {
    case 'script': {
      const { kind, script } = work;
      if (script.environment) validateEnvironment(script.environment);
      return { kind, script };
    }
    case 'bundle':
      return { kind: work.kind, entry: work.entry, bundle: work.bundle ?? emptyBundle };
    case 'application':
      return {
        kind: work.kind,
        application: await findRegisteredApplication(work.application, parts, signal),
      };
    case 'command':
      throw new RangeError('JuliaHub does not run commands.');
    default:
      return assertNever(work);
  }
}

/** The selected node type, if the answer specified minimum resources. */
function createNodeItems(node: NodeType, { options }: JobRequest): readonly ReviewItem[] {
  if (!parseMinResources(options['node'] ?? '')) return [];
  return [{ label: 'Node', text: `${formatNode(node)}, the smallest that fits` }];
}

/**
 * The items of the review: the cost, and missing parts of the environment. Requests only the server's lists.
 */
async function createReviewItems(
  work: JobWorkload,
  request: JobRequest,
  parts: JuliaHubSubmissionDeps & { readonly chosen: ResolvedChoices },
  signal: AbortSignal,
): Promise<readonly ReviewItem[]> {
  const { chosen } = parts;
  toFormFields(await toJuliaHubWorkload(work, parts, signal), request, chosen);
  const facts: ReviewItem[] = [
    ...createNodeItems(chosen.node, request),
    createCostItem(chosen.node, request),
  ];
  if (work.kind !== 'script') return facts;
  const { environment } = work.script;
  const label = 'Julia environment';
  if (!environment) return [...facts, { label, text: 'none: the job starts with an empty environment' }];
  const { manifest } = toProjectFiles(environment);
  if (manifest === undefined) facts.push({ label, text: 'no Manifest.toml: the server resolves versions' });
  const paths = [...(manifest ?? '').matchAll(/^[ \t]*path[ \t]*=[ \t]*"([^"\n]*)"/gm)].map(([, at]) => at);
  if (paths.length > 0)
    facts.push({
      label,
      text: `The Manifest refers to local packages (${paths.join(', ')}), which cannot be included with a single script. Submit the folder instead.`,
      warning: true,
    });
  return facts;
}
