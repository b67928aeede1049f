import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acceptUntilReview, reviewOn, container, jobSays, jobsView } from './harness/batchJobs.js';
import { addHub, approve, hubSettings, ownDepot, standIn } from './harness/hub.js';
import { jobOnDisk, putEndedJob, spoolOf } from './harness/spool.js';
import { editorStage } from './harness/stage.js';

describe('a document that is shown again while its tab is open', () => {
  const stage = editorStage({
    files: {
      'project/run.sh': 'cat data.txt\n',
      'project/data.txt': '1\n',
      'project/large.bin': new Uint8Array(4096),
    },
  });
  const inProject = (name: string): string => join(stage.server.dir.workspace, 'project', name);
  const choose = async (entry: string): Promise<void> => {
    const { views, menus } = stage.window;
    await views.open('Explorer');
    await menus.choose(views.file('project'), entry);
  };

  it('has the current files of the folder: Preview Bundle', async () => {
    const { editors } = stage.window;
    await choose('Preview Bundle');
    await editors.shows('data.txt');
    writeFileSync(inProject('.env'), 'TOKEN=1\n');
    await choose('Preview Bundle');
    await editors.shows('.env may contain secrets and will be included.');
  });

  it('follows the current ignore file: Show Files', async () => {
    const { editors, quick } = stage.window;
    const showFiles = async (): Promise<void> => {
      await choose('Submit Workspace as Job…');
      await acceptUntilReview(stage.window);
      await quick.pick('Show Files');
    };
    await showFiles();
    await editors.shows(/KiB +large\.bin/);
    await quick.pick('Back to Review');
    await quick.titled(/Review/);
    await quick.dismiss();
    writeFileSync(inProject('.juliabundleignore'), '*.bin\n');
    await showFiles();
    await editors.shows('large.bin  excluded by *.bin');
    await quick.pick('Back to Review');
    await quick.titled(/Review/);
    await quick.dismiss();
  });

  it('has the current record, results, and script of the job', async () => {
    const { server, window } = stage;
    const { editors, menus, views } = window;
    const id = putEndedJob(server, { name: 'fit.sh', results: '{"loss": 0.5}', script: 'echo first\n' });
    await jobSays(window, 'fit.sh', /Completed/);
    const show = (entry: string): Promise<void> => menus.choose(views.row(jobsView, 'fit.sh'), entry);
    await show('Show Results');
    await editors.shows('"loss": 0.5');
    await show('Show Script of Job');
    await editors.shows('echo first');
    await show('Show Raw Job Data');
    await editors.shows(`"name": "fit.sh"`);
    const paths = jobOnDisk(server, id);
    writeFileSync(paths.summary, '{"loss": 0.25}');
    writeFileSync(paths.script, 'echo second\n');
    const ended = Date.now();
    const state = {
      phase: 'ended',
      outcome: 'failed',
      word: 'Failed',
      started: ended - 1000,
      ended,
      code: 7,
    };
    writeFileSync(paths.state, JSON.stringify({ ...state, reason: 'exit 7' }));
    writeFileSync(spoolOf(server).changed, 'again');
    await window.command('Batch Jobs: Refresh');
    await jobSays(window, 'fit.sh', /exit code 7/);
    await show('Show Results');
    await editors.shows('"loss": 0.25');
    await show('Show Script of Job');
    await editors.shows('echo second');
    await show('Show Raw Job Data');
    await editors.shows('exit 7');
  });
});

describe('a document on JuliaHub that is shown again while its tab is open', () => {
  const depot = ownDepot();
  const hub = standIn();
  const stage = editorStage({
    files: {
      'serve.jl':
        '#!/usr/bin/env python3\nimport http.server, os\ncount = 0\n' +
        'class H(http.server.BaseHTTPRequestHandler):\n' +
        '    def do_GET(self):\n        global count\n        count += 1\n' +
        '        self.send_response(200); self.end_headers(); self.wfile.write(b"answer %d" % count)\n' +
        'print("listening", flush=True)\n' +
        'http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), H).serve_forever()\n',
    },
    settings: { ...hubSettings, 'batchJobs.notify': 'none' },
    env: { JULIA_DEPOT_PATH: depot, JULIA_PKG_SERVER: undefined },
  });

  it('has the current choices of the review: Dry Run', async () => {
    const { window } = stage;
    const { editors, quick, views, menus } = window;
    await addHub(window, hub.double.url, 'Hub');
    await (await approve(window)).close();
    await views.open(container);
    await views.row(jobsView, 'Hub').waitFor();
    await views.open('Explorer');
    await menus.choose(views.file('serve.jl'), 'Submit Script as Job…');
    await reviewOn(window, 'Hub');
    await quick.pick('Dry Run');
    await editors.shows('POST');
    await quick.pick('Back to Review');
    await quick.titled(/Review/);
    await quick.type('Environment');
    await quick.pick('Environment');
    await quick.titled('Submit serve.jl: Environment');
    await quick.input('STEPS=12345');
    await quick.titled(/Review/);
    await quick.pick('Dry Run');
    await editors.shows('"STEPS":"12345"');
    await quick.pick('Back to Review');
    await quick.titled(/Review/);
    await quick.dismiss();
  });

  it('has the response to the last request', async () => {
    const { window } = stage;
    const { editors, quick, views, menus } = window;
    await views.open('Explorer');
    await menus.choose(views.file('serve.jl'), 'Submit Script as Job…');
    await reviewOn(window, 'Hub');
    await quick.type('Exposed Port');
    await quick.pick('Exposed Port');
    await quick.titled('Submit serve.jl: Exposed Port');
    await quick.input('8766');
    await quick.titled(/Review/);
    await quick.pick('Submit');
    await jobSays(window, 'serve.jl', /Running/);
    await window.output.shows('listening');
    for (const answer of ['answer 1', 'answer 2']) {
      await views.open(container);
      await menus.choose(views.row(jobsView, 'serve.jl'), 'Send Request to Job…');
      await quick.titled('Request to serve.jl: Method');
      await quick.pick('GET');
      await quick.titled('Request to serve.jl: Path');
      await quick.input('/');
      await editors.shows(answer);
    }
    await views.open(container);
    await views.rowAction(jobsView, 'serve.jl', 'Cancel Job', window.messages.dialog);
    await window.messages.answerDialog('Cancel Job');
    await jobSays(window, 'serve.jl', /Cancelled/);
  });
});
