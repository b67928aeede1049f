import type { Application, JobWorkload } from '../../core/domain/jobSpec.js';
import type { QuestionAnswers, QuestionChoice, Question } from '../../core/domain/questions.js';
import { isDefaultApplication } from './applications.js';
import { validateNodeCount, validatePassword, validatePort, validatePrefix } from './validation.js';
import { toImageKey, type SoftwareImage } from './images.js';
import { formatDollars, findNodeForAnswer, toNodeKey, validateNode, type NodeType } from './nodes.js';
import type { JuliaHubCatalog } from './catalog.js';

/** The questions of a submission to JuliaHub: the node type, and others with default answers. */
export function createJuliaHubQuestions(
  work: JobWorkload['kind'],
  offers: JuliaHubCatalog,
  application?: Application,
): readonly Question[] {
  // The server's own applications have one version and open the ports they need. Source:
  // docs/protocols/juliahub.md, 3.7, 7.5.
  const isOwn = application !== undefined && isDefaultApplication(application);
  return [
    createNodeQuestion(offers),
    ...createNodeCountQuestions(),
    ...(work === 'application' ? (isOwn ? [] : createVersionQuestions()) : [createImageQuestion(offers)]),
    createProjectQuestion(offers),
    ...(isOwn
      ? []
      : [
          createYesNoQuestion('sysimage', 'System Image', 'Build a system image of the environment first'),
          ...createPortQuestions(),
        ]),
  ];
}

function createNodeQuestion({ nodes }: JuliaHubCatalog): Question {
  return {
    id: 'node',
    title: 'Node',
    prompt: 'Node type; choose "Other…" to enter minimum resources such as 8 cpu 32 gb',
    allowCustom: true,
    validate: (value) => validateNode(value),
    choices: async (signal) => (await nodes(signal)).map((node) => toNodeChoice(node)),
  };
}

/** A node type as a choice: `m6 · 4 vCPU, 16 GB` with `$0.33 per hour`. */
export const toNodeChoice = (node: NodeType): QuestionChoice => ({
  value: toNodeKey(node),
  label: formatNode(node),
  description: `${formatDollars(node.price)} per hour`,
  ...(node.description === '' ? {} : { detail: node.description }),
});

/** `p2 · 4 vCPU, 61 GB, GPU K80`. */
export function formatNode({ nodeClass, cpus, memory, gpu, display }: NodeType): string {
  const graphics = gpu ? `, GPU${display === '' ? '' : ` ${display}`}` : '';
  return `${nodeClass} · ${String(cpus)} vCPU, ${String(memory)} GB${graphics}`;
}

function createNodeCountQuestions(): readonly Question[] {
  const isElastic = (answers: QuestionAnswers): boolean => answers['elastic'] === 'yes';
  return [
    {
      ...createYesNoQuestion(
        'elastic',
        'Elastic',
        'Start with the nodes that are available; others join later',
      ),
    },
    {
      id: 'nodes',
      title: 'Nodes',
      prompt: 'A number such as 4, or a range such as 2-8',
      initial: '1',
      optional: true,
      validate: (value, answers) => validateNodeCount(value, isElastic(answers)),
    },
    {
      id: 'processes',
      title: 'Processes',
      prompt: 'Number of Julia processes per node',
      initial: 'node',
      optional: true,
      choices: () =>
        Promise.resolve([
          { value: 'node', label: 'One per Node', description: 'with threads' },
          { value: 'core', label: 'One per Core' },
        ]),
    },
  ];
}

function createImageQuestion({ images, nodes }: JuliaHubCatalog): Question {
  return {
    id: 'image',
    title: 'Image',
    prompt: 'Container image',
    initial: '',
    optional: true,
    choices: async (signal, answers) => {
      const node = findNodeForAnswer(await nodes(signal), answers['node'] ?? '');
      const fitting = (await images(signal)).filter(
        ({ cpuKey, gpuKey }) => !node || (node.gpu ? gpuKey : cpuKey) !== undefined,
      );
      return [{ value: '', label: 'Server Default' }, ...fitting.map((image) => toImageChoice(image))];
    },
  };
}

const toImageChoice = (image: SoftwareImage): QuestionChoice => ({
  value: toImageKey(image),
  label: `${image.product} · ${image.name}`,
  ...(image.isBase ? { description: 'product default' } : {}),
  ...(image.tag === undefined ? {} : { detail: image.tag }),
});

function createProjectQuestion({ projects }: JuliaHubCatalog): Question {
  return {
    id: 'project',
    title: 'Project',
    prompt: 'Project to charge',
    initial: '',
    optional: true,
    choices: async (signal) => [
      { value: '', label: 'None' },
      ...(await projects(signal)).map(({ id, name }) => ({ value: id, label: name, detail: id })),
    ],
  };
}

function createVersionQuestions(): readonly Question[] {
  return [
    {
      id: 'versionKind',
      title: 'Version',
      prompt: 'Version of the package to run',
      initial: 'release',
      optional: true,
      choices: () =>
        Promise.resolve([
          { value: 'release', label: 'Latest Release' },
          { value: 'branch', label: 'Branch' },
          { value: 'revision', label: 'Git Revision' },
        ]),
    },
    {
      id: 'version',
      title: 'Branch or Revision',
      prompt: 'Branch name or revision; leave empty for the default branch',
      initial: '',
      optional: true,
      isVisible: ({ versionKind }) => versionKind === 'branch' || versionKind === 'revision',
      validate: (value, { versionKind }) =>
        versionKind === 'revision' && value.trim() === '' ? 'Enter a revision.' : undefined,
    },
  ];
}

function createPortQuestions(): readonly Question[] {
  const hasPort = ({ port }: QuestionAnswers): boolean => port !== undefined && port.trim() !== '';
  return [
    {
      id: 'port',
      title: 'Exposed Port',
      prompt: 'Port on which the job accepts requests; leave empty for none',
      initial: '',
      optional: true,
      validate: (value) => validatePort(value),
    },
    {
      id: 'access',
      title: 'Port Access',
      prompt: 'Who can send requests',
      initial: 'me',
      optional: true,
      isVisible: hasPort,
      choices: () =>
        Promise.resolve([
          { value: 'me', label: 'Only Me' },
          { value: 'anyone', label: 'Anyone Signed In' },
          { value: 'password', label: 'Anyone with a Password' },
          { value: 'public', label: 'Everyone', description: 'no sign-in required' },
        ]),
    },
    {
      id: 'password',
      title: 'Port Password',
      prompt: 'Required to send requests; not stored',
      secret: true,
      isVisible: (answers) => hasPort(answers) && answers['access'] === 'password',
      validate: (value) => validatePassword(value),
    },
    {
      id: 'dnsPrefix',
      title: 'Port Name',
      prompt: "First part of the port's address; leave empty for a random name",
      initial: '',
      optional: true,
      isVisible: hasPort,
      validate: (value) => validatePrefix(value),
    },
  ];
}

function createYesNoQuestion(id: string, title: string, prompt: string): Question {
  return {
    id,
    title,
    prompt,
    initial: 'no',
    optional: true,
    choices: () =>
      Promise.resolve([
        { value: 'no', label: 'No' },
        { value: 'yes', label: 'Yes' },
      ]),
  };
}
