import assert from 'node:assert/strict';
import {
  createNotice,
  createErrorNotice,
  type NoticeAction,
} from '../../../../src/core/presentation/notice.js';
import { JobError, type JobProblem } from '../../../../src/core/domain/problem.js';

interface Expected<K extends JobProblem['kind']> {
  readonly problem: Extract<JobProblem, { kind: K }>;
  readonly text: string;
  /** The buttons, in order. */
  readonly offers: readonly NoticeAction['kind'][];
}

/** One problem of each kind; a missing kind is a compile error. */
const notices: { readonly [K in JobProblem['kind']]: Expected<K> } = {
  signedOut: {
    problem: { kind: 'signedOut', place: 'JuliaHub at juliahub.com' },
    text: 'Your sign-in to JuliaHub at juliahub.com has expired.',
    offers: ['signIn'],
  },
  offline: {
    problem: { kind: 'offline', place: 'hpc.example.org', why: 'connection refused (port 22)' },
    text: 'hpc.example.org could not be reached: connection refused (port 22).',
    offers: ['retry', 'showDetails'],
  },
  timedOut: {
    problem: { kind: 'timedOut', place: 'hpc.example.org', afterMs: 60_000 },
    text: 'hpc.example.org could not be reached: no response within 60 s.',
    offers: ['retry', 'showDetails'],
  },
  refused: {
    problem: { kind: 'refused', place: 'JuliaHub', words: 'You have reached the job rate limit of 2.' },
    text: 'JuliaHub rejected the request: You have reached the job rate limit of 2.',
    offers: ['showDetails'],
  },
  badAnswer: {
    problem: { kind: 'badAnswer', place: 'JuliaHub', what: 'jobs list, status 200' },
    text: 'Unexpected response from JuliaHub (jobs list, status 200).',
    offers: ['showDetails'],
  },
  unclearSubmit: {
    problem: { kind: 'unclearSubmit', place: 'JuliaHub' },
    text: 'No response from JuliaHub to the submission; the job may have been accepted. Checking whether it exists…',
    offers: ['refresh'],
  },
  missingTool: {
    problem: { kind: 'missingTool', tool: 'python3', for: 'sweep.py' },
    text: "python3 not found on this machine's PATH, so sweep.py cannot run here.",
    offers: ['openSetting'],
  },
  noInterpreter: {
    problem: { kind: 'noInterpreter', script: 'a.xyz' },
    text: 'No interpreter is configured for a.xyz. Choose one for its file extension, or add a shebang (#!) line.',
    offers: ['openSetting'],
  },
  gone: {
    problem: { kind: 'gone', name: 'fit.jl' },
    text: 'fit.jl no longer exists.',
    offers: ['refresh'],
  },
  invalid: { problem: { kind: 'invalid', why: 'That cannot be.' }, text: 'That cannot be.', offers: [] },
  tooBig: {
    problem: {
      kind: 'tooBig',
      place: 'JuliaHub',
      folder: '/a',
      bytes: 3.4 * 2 ** 30,
      limitBytes: 2 ** 31,
      ignoreFile: '.juliabundleignore',
      largest: [
        { path: 'data/video.mp4', bytes: 2.1 * 2 ** 30 },
        { path: 'a.bin', bytes: 2048 },
      ],
    },
    text: 'The bundle (3.4 GiB) exceeds the limit of JuliaHub: 2.0 GiB. Largest: data/video.mp4 (2.1 GiB), a.bin (2.0 KiB).',
    offers: ['showFiles', 'editIgnoreFile'],
  },
  nothingToSend: {
    problem: { kind: 'nothingToSend', folder: '/a' },
    text: 'Nothing to send from /a: it is empty, or every file is excluded.',
    offers: ['showFiles'],
  },
  noScript: {
    problem: { kind: 'noScript', folder: '/a' },
    text: 'No script (.jl, .py, .R, .sh, .js, .mjs) is included from /a.',
    offers: ['showFiles'],
  },
  scriptIgnored: {
    problem: {
      kind: 'scriptIgnored',
      folder: '/a',
      script: 'a.jl',
      rule: 'a*',
      ruleFile: '.juliabundleignore',
      ruleLine: 3,
    },
    text: 'a.jl is excluded by "a*" (.juliabundleignore:3).',
    offers: ['editIgnoreFile', 'showFiles'],
  },
  unreadable: {
    problem: { kind: 'unreadable', path: '/a/b', why: 'permission denied' },
    text: '/a/b could not be read: permission denied. Nothing was sent.',
    offers: ['showDetails'],
  },
  changed: {
    problem: { kind: 'changed', path: 'a.csv', how: 'grew' },
    text: 'a.csv grew during packaging. Nothing was sent; try again.',
    offers: [],
  },
  diskFull: {
    problem: { kind: 'diskFull', path: '/tmp' },
    text: 'Disk full: /tmp. Free some space and try again.',
    offers: ['showDetails'],
  },
  disk: {
    problem: { kind: 'disk', path: '/a', why: 'read-only' },
    text: '/a: read-only.',
    offers: ['showDetails'],
  },
  unsafeName: {
    problem: { kind: 'unsafeName', name: '../a' },
    text: 'The name "../a" would escape the selected folder, so the file was not written.',
    offers: ['showDetails'],
  },
  unwritableName: {
    problem: { kind: 'unwritableName', name: 'T:300K\uefe9.csv' },
    text: 'This system does not support the file name "T:300K\\xe9.csv", so the file was not downloaded.',
    offers: ['showDetails'],
  },
  damaged: {
    problem: { kind: 'damaged', name: 'fit.csv' },
    text: 'Checksum or size mismatch for fit.csv; the file was discarded.',
    offers: ['retry', 'showDetails'],
  },
  notListening: {
    problem: { kind: 'notListening', name: 'serve.jl' },
    text: 'serve.jl is not listening on its port yet. It may still be starting.',
    offers: ['retry'],
  },
  untrusted: {
    problem: { kind: 'untrusted' },
    text: "Jobs can be submitted only from trusted workspaces because they run the workspace's code.",
    offers: ['manageTrust'],
  },
  badSetting: {
    problem: { kind: 'badSetting', setting: 'batchJobs.connections', why: 'it is no list' },
    text: 'The setting batchJobs.connections is invalid: it is no list.',
    offers: ['openSetting'],
  },
};

describe('noticeOf', () => {
  for (const { problem, text, offers } of Object.values(notices)) {
    it(`has a sentence and buttons for ${problem.kind}`, () => {
      const notice = createNotice(problem);
      assert.equal(notice.text, text);
      assert.deepEqual(
        notice.actions.map((offer) => offer.kind),
        offers,
      );
    });
  }

  it('has no two buttons with the same title', () => {
    for (const { problem } of Object.values(notices)) {
      const titles = createNotice(problem).actions.map(({ title }) => title);
      assert.equal(new Set(titles).size, titles.length, problem.kind);
    }
  });

  it('has the target of each button that needs one', () => {
    for (const { problem } of Object.values(notices)) {
      for (const { kind: step, target: about } of createNotice(problem).actions)
        if (step === 'openSetting' || step === 'openFile') assert.ok(about, `${problem.kind}: ${step}`);
    }
  });

  it('describes how a file changed', () => {
    const words = (['vanished', 'grew', 'shrank', 'changed'] as const).map(
      (how) => createNotice({ kind: 'changed', path: 'a', how }).text,
    );
    assert.equal(new Set(words).size, 4);
    for (const word of words) assert.match(word, /Nothing was sent/);
  });

  it('opens the ignore file of the submitted folder', () => {
    const { problem } = notices.scriptIgnored;
    const about = [
      createNotice({ ...problem, ruleFile: 'old/.juliabundleignore' }),
      createNotice(notices.tooBig.problem),
    ].map(({ actions: offers }) => offers.map((offer) => [offer.kind, offer.target]));
    assert.deepEqual(about, [
      [
        ['editIgnoreFile', '/a/old/.juliabundleignore'],
        ['showFiles', '/a'],
      ],
      [
        ['showFiles', '/a'],
        ['editIgnoreFile', '/a/.juliabundleignore'],
      ],
    ]);
  });

  it('names no files if the largest are unknown', () => {
    const { text } = createNotice({
      kind: 'tooBig',
      place: 'Local',
      folder: '/a',
      bytes: 2048,
      limitBytes: 1024,
      ignoreFile: '.juliabundleignore',
      largest: [],
    });
    assert.equal(text, 'The bundle (2.0 KiB) exceeds the limit of Local: 1.0 KiB.');
  });

  it('ends external text with one period', () => {
    assert.match(createNotice({ kind: 'disk', path: '/a', why: 'it broke.' }).text, /it broke\.$/);
    assert.match(createNotice({ kind: 'offline', place: 'A', why: 'no route.' }).text, /no route\.$/);
  });
});

describe('noticeOfError', () => {
  it('finds the problem of a JobError', () => {
    assert.equal(createErrorNotice(new JobError({ kind: 'gone', name: 'a' })).text, 'a no longer exists.');
  });

  it('reports any other error as an internal error, with details', () => {
    for (const thrown of [new TypeError('x is not a function'), 'x is not a function']) {
      const { text, actions: offers } = createErrorNotice(thrown);
      assert.equal(text, 'An internal error occurred in Batch Jobs: x is not a function');
      assert.deepEqual(
        offers.map((offer) => offer.kind),
        ['showDetails'],
      );
    }
  });
});
