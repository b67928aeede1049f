import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { acceptUntilReview, container, jobSays, jobsView, logOf, reviewOn } from './harness/batchJobs.js';
import { addHub, approve, hubSettings, ownDepot, standIn } from './harness/hub.js';
import { editorStage } from './harness/stage.js';
import { eventually } from './harness/wait.js';

describe('JuliaHub in the editor', () => {
  const depot = ownDepot();
  const hub = standIn();
  const stage = editorStage({
    files: {
      'hello.jl': '#!/bin/sh\necho hello from the hub\nsleep 1\necho bye\n',
      'long.jl': '#!/bin/sh\necho begun\nsleep 600\n',
      'serve.jl':
        '#!/usr/bin/env python3\nimport http.server, os\n' +
        'class H(http.server.BaseHTTPRequestHandler):\n' +
        '    def do_GET(self):\n        self.send_response(200); self.end_headers(); self.wfile.write(b"answer of the job")\n' +
        'print("listening", flush=True)\n' +
        'http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), H).serve_forever()\n',
      'project/main.jl':
        'ENV["RESULTS"] = "{\\"pi\\": 3.14}"\nwrite("answer.txt", read(joinpath(@__DIR__, "data.txt"), String))\n' +
        'ENV["RESULTS_FILE"] = "answer.txt"\n@info "read" bytes=filesize("answer.txt")\n',
      'project/data.txt': '42\n',
      'project/Project.toml': '[deps]\n',
      'project/Manifest.toml': '# This file is machine-generated - editing it directly is not advised\n',
    },
    settings: { ...hubSettings, 'batchJobs.notify': 'failures' },
    env: { JULIA_DEPOT_PATH: depot, JULIA_PKG_SERVER: undefined },
  });

  /** Submits a script with the wizard's proposals, except for the changed review items. */
  const submit = async (
    script: string,
    change: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> => {
    const { window } = stage;
    await window.views.open('Explorer');
    await window.menus.choose(window.views.file(script), 'Submit Script as Job…');
    await reviewOn(window, 'Hub');
    await change();
    await window.quick.pick('Submit');
  };

  it('is added as a connection, and signed in to on its page in the browser', async () => {
    const { window } = stage;
    await addHub(window, hub.double.url, 'Hub');
    const page = await approve(window);
    await page.close();
    await window.messages.toast('Signed in to Hub as ada.').waitFor();
    await window.views.open(container);
    await window.views.row(jobsView, 'Hub').waitFor();
    const kept = join(depot, 'servers', new URL(hub.double.url).host.replace(':', '_'), 'auth.toml');
    assert.match(readFileSync(kept, 'utf8'), /id_token/);
    assert.doesNotMatch(stage.server.machineSettingsText(), /eyJ/);
  });

  it('accepts a script with the picked node, shows its cost, and streams its log', async () => {
    const { window, server } = stage;
    await submit('hello.jl', async () => {
      const shown = (await window.quick.texts()).join('\n');
      assert.match(shown, /Cost\n?.*\$0\.17 per hour, at most \$0\.17 until its limit of 1 h/);
      assert.match(shown, /Node\n?.*m6 · 2 vCPU, 8 GB/);
    });
    await jobSays(window, 'hello.jl', /Running/);
    await window.output.shows('hello from the hub');
    await jobSays(window, 'hello.jl', /Completed/);
    assert.match(await logOf(server, 'hello.jl', /Completed/), /^hello from the hub\nbye\n── Completed/m);
  });

  it('shows the whole request without sending it', async () => {
    const { window } = stage;
    const before = hub.double.jobs.length;
    await window.views.open('Explorer');
    await window.menus.choose(window.views.file('hello.jl'), 'Submit Script as Job…');
    await acceptUntilReview(window);
    await window.quick.pick('Dry Run');
    await window.editors.shows('POST');
    await window.editors.shows('sysimage_build = nothing');
    await window.quick.pick('Back to Review');
    await window.quick.titled(/Review/);
    await window.quick.dismiss();
    assert.equal(hub.double.jobs.length, before);
  });

  it('picks the smallest node that satisfies a described size', async () => {
    const { window } = stage;
    const { quick } = window;
    await window.views.open('Explorer');
    await window.menus.choose(window.views.file('hello.jl'), 'Submit Script as Job…');
    await acceptUntilReview(window);
    await quick.pick('Node');
    await quick.titled('Submit hello.jl: Node');
    // It is the last line, which is not on screen yet.
    await window.page.keyboard.press('ArrowUp');
    await quick.pick('Other…');
    await quick.message.getByText('Node type; choose').waitFor();
    await quick.input('2 gpu');
    await quick.message.getByText('such as 8 cpu 32 gb').first().waitFor();
    await quick.input('3 cpu 20 gb');
    await quick.titled(/Review/);
    const shown = (await quick.texts()).join('\n');
    assert.match(shown, /Node\n?.*r6 · 4 vCPU, 32 GB, the smallest that fits/);
    assert.match(shown, /Cost\n?.*\$0\.42 per hour/);
    await quick.dismiss();
  });

  it('starts an application, and starts it again unchanged', async () => {
    const { window } = stage;
    const { quick, views, menus } = window;
    await window.command('Batch Jobs: Submit Application…');
    await quick.titled('Submit Application to Hub');
    await quick.pick('RegisteredPackageApp');
    await acceptUntilReview(window);
    await quick.type('Version');
    await quick.pick('Version');
    await quick.pick('Branch');
    await quick.titled(/Review/);
    await quick.pick('Submit');
    await jobSays(window, 'RegisteredPackageApp', /Completed/);
    await menus.choose(views.row(jobsView, 'RegisteredPackageApp'), 'Resubmit Job');
    await quick.titled('Resubmit RegisteredPackageApp to Hub: Review');
    await quick.pick('Submit');
    await eventually(
      () => hub.double.received.filter(({ fields }) => fields.has('package_name')).length === 2,
      () => 'it is not submitted again',
    );
    const [first, second] = hub.double.received
      .filter(({ fields }) => fields.has('package_name'))
      .map(({ fields }) => Object.fromEntries(fields));
    assert.deepEqual(second, first);
    assert.equal(first?.['branch_name'], 'HEAD');
  });

  it('accepts a folder, and downloads its results with checked hashes', async () => {
    const { window, server } = stage;
    await window.views.open('Explorer');
    await window.menus.choose(window.views.file('project'), 'Submit Workspace as Job…');
    await reviewOn(window, 'Hub');
    await window.quick.pick('Submit');
    await jobSays(window, 'main.jl', /Completed/, 60_000);
    assert.match(await logOf(server, 'main.jl', /Completed/), /Info read bytes=3/i);
    await window.views.expand(jobsView, 'main.jl');
    await window.views.rowSays(jobsView, 'Results', /pi/);
    const folder = join(server.dir.home, 'downloads');
    mkdirSync(folder, { recursive: true });
    await window.views.rowAction(jobsView, 'answer.txt', 'Download File…');
    await window.quick.path(join(folder, 'answer.txt'));
    await eventually(
      () =>
        existsSync(join(folder, 'answer.txt')) && readFileSync(join(folder, 'answer.txt'), 'utf8') === '42\n',
      () => 'the result does not arrive',
    );
  });

  it('extends a job by whole hours, and cancels it', async () => {
    const { window } = stage;
    const { views, menus, quick, messages } = window;
    await submit('long.jl');
    await jobSays(window, 'long.jl', /Running/);
    await menus.choose(views.row(jobsView, 'long.jl'), 'Extend Time Limit…');
    await quick.input('90 min');
    await quick.message.getByText('Enter whole hours.').waitFor();
    await quick.input('2 h');
    await eventually(
      () => hub.double.jobs[0]?.limitHours === 3,
      () => `the limit is ${String(hub.double.jobs[0]?.limitHours)} h`,
    );
    await views.rowAction(jobsView, 'long.jl', 'Cancel Job', messages.dialog);
    await messages.answerDialog('Cancel Job');
    await jobSays(window, 'long.jl', /Cancelled/);
  });

  it('opens a port that accepts a request', async () => {
    const { window } = stage;
    const { views, menus, quick } = window;
    await submit('serve.jl', async () => {
      // The list is longer than the screen.
      await quick.type('Exposed Port');
      await quick.pick('Exposed Port');
      await quick.titled('Submit serve.jl: Exposed Port');
      await quick.input('80');
      await quick.message.getByText('Enter a port from 1025').waitFor();
      await quick.input('23456');
      await quick.message.getByText('Enter a port from 1025').waitFor();
      await quick.input('8765');
      await quick.titled(/Review/);
      await quick.type('Port Access');
      await quick.row('Port Access').waitFor();
      await quick.type('');
    });
    await jobSays(window, 'serve.jl', /Running/);
    await window.output.shows('listening');
    await menus.choose(views.row(jobsView, 'serve.jl'), 'Send Request to Job…');
    await quick.titled('Request to serve.jl: Method');
    await quick.pick('GET');
    await quick.input('/');
    await window.editors.shows('answer of the job');
    await views.open(container);
    await views.rowAction(jobsView, 'serve.jl', 'Cancel Job', window.messages.dialog);
    await window.messages.answerDialog('Cancel Job');
    await jobSays(window, 'serve.jl', /Cancelled/);
  });

  it('reports when the sign-in is no longer accepted, and offers it once', async () => {
    const { window } = stage;
    await window.views.open(container);
    hub.double.invalidate(true);
    await window.command('Batch Jobs: Refresh');
    await window.messages.toast('Your sign-in to Hub has expired.').waitFor();
    await window.views.rowSays(jobsView, 'Hub', /not signed in/);
    await window.messages.answer('Your sign-in to Hub has expired.', 'Sign In');
    const page = await approve(window);
    await page.close();
    await window.views.rowSays(jobsView, 'Hub', /refreshed|running/);
  });

  it('sends nothing that the reference forbids, and leaves no token in the wrong place', () => {
    // The one rejected refresh is caused by the server.
    assert.deepEqual(
      hub.double.violations.filter((violation) => !violation.includes('refresh token')),
      [],
    );
    const written = [
      ...stage.server.channels().map((name) => stage.server.channel(name)),
      stage.server.settingsText(),
      stage.server.machineSettingsText(),
      stage.server.log(),
    ].join('\n');
    for (const secret of hub.double.secrets()) assert.ok(!written.includes(secret));
  });
});
