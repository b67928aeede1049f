import type { JobSubmission } from '../../core/domain/backend.js';
import {
  requestOf,
  type Application,
  type Bundle,
  type Fact,
  type Report,
  type Request,
  type Validation,
  type Work,
} from '../../core/domain/jobSpec.js';
import type { JobId } from '../../core/domain/job.js';
import { JobError } from '../../core/domain/problem.js';
import type { Http } from '../../http/http.js';
import type { KnownApplication } from './applications.js';
import type { Calls } from './calls.js';
import { checkEnvironment } from './checks.js';
import { costFact, costWords } from './cost.js';
import { dryRunText } from './dryRun.js';
import { fieldsOf, type Chosen, type Workload } from './fields.js';
import { imageOf } from './images.js';
import { leastIn, nodeFor, smallestNode, type NodeType } from './nodes.js';
import type { Offers } from './offers.js';
import { nodeText, questionsFor } from './questions.js';
import type { Remembered } from './remembered.js';
import { storedApplication, storedRequest, storedScript, withStored, type StoredParts } from './stored.js';
import { submit } from './submission.js';
import { unreachable } from '../../lib/unreachable.js';

/** Dependencies of the submission facet. */
export interface SubmittingParts {
  readonly calls: Calls;
  /** Base URL of the server, shown in dry runs. */
  readonly base: string;
  readonly http: Http;
  readonly offers: Offers;
  readonly known: Remembered;
  readonly stored: StoredParts;
}

/** Creates the submission facet of JuliaHub. */
export function juliaHubSubmitting(
  parts: SubmittingParts,
): JobSubmission & Required<Omit<JobSubmission, Lacking>> {
  const { offers, stored } = parts;
  /** The selection of each validation, which is then sent. */
  const validated = new WeakMap<Validation, Chosen>();
  return {
    questions: (work, application) => questionsFor(work, offers, application),
    validate: async (draft, signal) => {
      const chosen = await chosenOf(draft, parts, signal);
      const validation = { items: await factsOf(draft, draft, { ...parts, chosen }, signal) };
      validated.set(validation, chosen);
      return validation;
    },
    send: async (spec, signal, onProgress, validation) => {
      const request = requestOf(spec);
      const work = await workloadOf(spec, parts, signal);
      const chosen = validation && validated.get(validation);
      return send(
        work,
        request,
        scriptIn(spec),
        { ...parts, ...(chosen ? { chosen } : {}) },
        signal,
        onProgress,
      );
    },
    applications: (signal) => offers.applications(signal),
    dryRun: async (draft, signal) => {
      const chosen = await chosenOf(draft, parts, signal);
      return dryRunText(await workloadOf(draft, parts, signal), requestOf(draft), chosen, parts);
    },
    previous: (id, signal) => storedRequest(id, stored, signal),
    again: async (id, signal, request) => {
      const same = request ?? requestOf(await storedRequest(id, stored, signal));
      const application = await storedApplication(id, stored, signal);
      if (application) return send({ kind: 'application', application }, same, undefined, parts, signal);
      const { name } = await storedScript(id, stored, signal);
      return withStored(id, stored, signal, (work) => send(work, same, name, parts, signal));
    },
  };
}

type Lacking = 'getDefaults' | 'findUnconfirmed' | 'getNotice';

/** The name of the script; undefined for an application. */
function scriptIn(work: Work): string | undefined {
  if (work.kind === 'script') return work.script.name;
  return work.kind === 'bundle' ? work.entry : undefined;
}

/** Sends the submission and stores the metadata that the server does not return. */
async function send(
  work: Workload,
  request: Request,
  script: string | undefined,
  parts: SubmittingParts & { readonly chosen?: Chosen },
  signal: AbortSignal,
  report?: Report,
): Promise<JobId> {
  const { calls, http, known } = parts;
  const chosen = parts.chosen ?? (await chosenOf(request, parts, signal));
  const id = await submit(work, request, chosen, { calls, http }, signal, report);
  const { password: _, ...options } = request.options;
  const { limitMs } = request;
  const manifestSha256 = 'bundle' in work ? work.bundle.manifestSha256 : undefined;
  await known.put(id, {
    options,
    node: nodeText(chosen.node),
    cost: costWords(chosen.node, request),
    ...(limitMs === undefined ? {} : { limitMs }),
    ...(script === undefined ? {} : { script }),
    ...(work.kind === 'application' ? { application: work.application } : {}),
    ...(manifestSha256 === undefined ? {} : { manifestSha256 }),
  });
  return id;
}

/** Resolves the answers against the server's catalog. */
async function chosenOf(request: Request, parts: SubmittingParts, signal: AbortSignal): Promise<Chosen> {
  const { offers } = parts;
  const { options } = request;
  await checkAge(request, parts, signal);
  const node = chosenNode(await offers.nodes(signal), options['node'] ?? '');
  const name = options['image'] ?? '';
  if (name === '') return { node };
  const image = imageOf(await offers.images(signal), name);
  if (!image) throw invalid(`The image ${name} is no longer available. Choose another.`);
  return { node, image };
}

/** Without an answer the smallest node type, as in the server's own client. */
function chosenNode(nodes: readonly NodeType[], wanted: string): NodeType {
  const node =
    wanted === '' ? smallestNode(nodes, { cpus: 1, memory: 1, gpu: false }) : nodeFor(nodes, wanted);
  if (node) return node;
  throw invalid(
    leastIn(wanted)
      ? `The server has no node with at least ${wanted}.`
      : `The node ${wanted} is no longer available. Choose another.`,
  );
}

/** Rejects features that old servers do not support. Source: docs/protocols/juliahub.md, 3.5 and 12.3. */
async function checkAge(
  { limitMs, options }: Request,
  { offers }: SubmittingParts,
  signal: AbortSignal,
): Promise<void> {
  const isUnlimited = limitMs === undefined;
  if (!isUnlimited && options['sysimage'] !== 'yes') return;
  const { hasProducts } = await offers.age(signal);
  if (hasProducts) return;
  throw invalid(
    isUnlimited
      ? 'This server requires a time limit. Enter one.'
      : 'This server is too old to build system images.',
  );
}

const invalid = (why: string): JobError => new JobError({ kind: 'invalid', why });

async function knownApplication(
  { id, title }: Application,
  { offers }: SubmittingParts,
  signal: AbortSignal,
): Promise<KnownApplication> {
  const found = (await offers.applications(signal)).find((one) => one.id === id);
  if (!found) throw new JobError({ kind: 'gone', name: title });
  return found;
}

/** Placeholder for a bundle that is not packed yet; nothing that depends on its content is checked. */
const unpacked: Bundle = {
  file: '',
  root: '',
  files: 0,
  bytes: 0,
  sha256: '0'.repeat(64),
  manifestSha256: '0'.repeat(64),
};

async function workloadOf(work: Work, parts: SubmittingParts, signal: AbortSignal): Promise<Workload> {
  switch (work.kind) {
    case 'script': {
      const { kind, script } = work;
      if (script.environment) checkEnvironment(script.environment);
      return { kind, script };
    }
    case 'bundle':
      return { kind: work.kind, entry: work.entry, bundle: work.bundle ?? unpacked };
    case 'application':
      return { kind: work.kind, application: await knownApplication(work.application, parts, signal) };
    case 'command':
      throw new RangeError('JuliaHub does not run commands.');
    default:
      return unreachable(work);
  }
}

/** The selected node type, if the answer specified minimum resources. */
function nodeFacts(node: NodeType, { options }: Request): readonly Fact[] {
  if (!leastIn(options['node'] ?? '')) return [];
  return [{ label: 'Node', text: `${nodeText(node)}, the smallest that fits` }];
}

/**
 * The items of the review: the cost, and missing parts of the environment. Requests only the server's lists.
 */
async function factsOf(
  work: Work,
  request: Request,
  parts: SubmittingParts & { readonly chosen: Chosen },
  signal: AbortSignal,
): Promise<readonly Fact[]> {
  const { chosen } = parts;
  fieldsOf(await workloadOf(work, parts, signal), request, chosen);
  const facts: Fact[] = [...nodeFacts(chosen.node, request), costFact(chosen.node, request)];
  if (work.kind !== 'script') return facts;
  const { environment } = work.script;
  const label = 'Julia environment';
  if (!environment) return [...facts, { label, text: 'none: the job starts with an empty environment' }];
  if (environment.manifest === undefined)
    facts.push({ label, text: 'no Manifest.toml: the server resolves versions' });
  const paths = [...(environment.manifest ?? '').matchAll(/^[ \t]*path[ \t]*=[ \t]*"([^"\n]*)"/gm)].map(
    ([, at]) => at,
  );
  if (paths.length > 0)
    facts.push({
      label,
      text: `The Manifest refers to local packages (${paths.join(', ')}), which cannot be included with a single script. Submit the folder instead.`,
      warning: true,
    });
  return facts;
}
