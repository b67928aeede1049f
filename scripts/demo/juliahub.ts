// JuliaHub, unattended, against the test server in VS Code in a headless browser: signs in, submits a folder,
// watches it, downloads the results, extends, opens a port, cancels. Saves a picture of each step in
// demo/juliahub/.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startJuliaHub } from '../../test/doubles/juliahub/double.js';
import { acceptUntilReview, container, jobSays, jobsView, logOf, ready } from '../../test/editor/harness/batchJobs.js';
import { launchBrowser, openWindow } from '../../test/editor/harness/browser.js';
import { addHub, approve, hubHost, hubSettings, ownDepot } from '../../test/editor/harness/hub.js';
import { packedExtension } from '../../test/editor/harness/packed.js';
import { startServer, type EditorServer } from '../../test/editor/harness/server.js';
import type { Workbench } from '../../test/editor/harness/workbench.js';

const pictures = fileURLToPath(new URL('../../demo/juliahub/', import.meta.url));

const files = {
  'project/pi.jl': [
    '# Estimates pi, reporting each round.',
    'n = parse(Int, get(ENV, "n", "200000"))',
    'let inside = 0',
    '    for round in 1:5',
    '        for _ in 1:n÷5',
    '            rand()^2 + rand()^2 <= 1 && (inside += 1)',
    '        end',
    '        @info "round done" round estimate=4inside / (round * n÷5)',
    '        sleep(1.5)',
    '    end',
    '    ENV["RESULTS"] = "{\\"pi\\": $(4inside / n)}"',
    'end',
    'write("pi.txt", ENV["RESULTS"])',
    'ENV["RESULTS_FILE"] = "pi.txt"',
    '',
  ].join('\n'),
  'project/Project.toml': '[deps]\n',
  'project/.juliabundleignore': 'raw/\n',
  'project/raw/large.csv': '1,2\n'.repeat(1000),
  'serve.jl':
    '#!/usr/bin/env python3\nimport http.server, os\nclass H(http.server.BaseHTTPRequestHandler):\n    def do_GET(self):\n' +
    '        self.send_response(200); self.end_headers(); self.wfile.write(b"{\\"status\\": \\"ready\\"}")\n' +
    'print("listening", flush=True)\nhttp.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), H).serve_forever()\n',
};

let count = 0;
async function tell(window: Workbench, text: string): Promise<void> {
  count++;
  const name = `${String(count).padStart(2, '0')}-${text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/-$/, '')}`;
  console.log(`${String(count).padStart(2)}. ${text}`);
  await window.shot(join(pictures, `${name}.png`));
}

async function main(): Promise<void> {
  rmSync(pictures, { recursive: true, force: true });
  mkdirSync(pictures, { recursive: true });
  const hub = await startJuliaHub({ host: hubHost });
  const env = { JULIA_DEPOT_PATH: ownDepot(), JULIA_PKG_SERVER: undefined };
  const server = await startServer({ vsix: [packedExtension()], files, settings: hubSettings, env });
  const browser = await launchBrowser();
  try {
    const window = await openWindow(browser, server.folderUrl());
    await ready(window);
    await signIn(window, hub.url);
    await submitFolder(window, server);
    await exposePort(window);
  } finally {
    await browser.close();
    await server.stop();
    await hub.end();
  }
  for (const violation of hub.violations) console.log(`violates the reference: ${violation}`);
  console.log(`\nThe pictures are in ${pictures}`);
  if (hub.violations.length > 0) process.exitCode = 1;
}

async function signIn(window: Workbench, url: string): Promise<void> {
  await addHub(window, url, 'JuliaHub');
  await tell(window, 'A connection is added and prompts for a sign-in method');
  const page = await approve(window);
  await page.close();
  await window.messages.toast('Signed in to JuliaHub as ada.').waitFor();
  await window.views.open(container);
  await window.views.row(jobsView, 'JuliaHub').waitFor();
  await tell(window, 'Signed in on the server page');
  await window.command('Notifications: Clear All Notifications');
}

async function submitFolder(window: Workbench, server: EditorServer): Promise<void> {
  const { quick, views } = window;
  await views.open('Explorer');
  await window.menus.choose(views.file('project'), 'Submit Workspace as Job…');
  await quick.titled('Submit project: Script');
  await quick.pick('pi.jl');
  await quick.titled('Submit project: Connection');
  await quick.pick('JuliaHub');
  await quick.titled('Submit project: Name');
  await quick.accept();
  await quick.titled('Submit project: Environment');
  await quick.input('n=100000');
  await quick.titled('Submit project: Time Limit');
  await quick.input('2 h');
  await quick.titled('Submit project: Node');
  await tell(window, 'A node is picked by size and price');
  await quick.pick(/m6 · 4 vCPU/);
  await acceptUntilReview(window);
  await tell(window, 'The review shows what is sent and its cost');
  await quick.pick('Dry Run');
  await window.editors.shows('appbundle_upload_info');
  await tell(window, 'The whole request, not yet sent');
  await quick.pick('Back to Review');
  await quick.pick('Submit');
  await jobSays(window, 'pi.jl', /Running/);
  await window.output.shows('round=2');
  await tell(window, 'The log streams with levels and values');
  await jobSays(window, 'pi.jl', /Completed/);
  await views.expand(jobsView, 'pi.jl');
  await views.row(jobsView, 'pi.txt').waitFor();
  await tell(window, 'Completed with its result and its files');
  console.log((await logOf(server, 'pi.jl', /Completed/)).trimEnd().replace(/^/gm, '      '));
}

async function exposePort(window: Workbench): Promise<void> {
  const { quick, views, menus, messages } = window;
  await views.open('Explorer');
  await menus.choose(views.file('serve.jl'), 'Submit Script as Job…');
  await quick.titled('Submit serve.jl: Connection');
  await quick.pick('JuliaHub');
  await acceptUntilReview(window);
  await quick.type('Exposed Port');
  await quick.pick('Exposed Port');
  await quick.input('8766');
  await quick.titled(/Review/);
  await quick.pick('Submit');
  await jobSays(window, 'serve.jl', /Running/);
  await window.output.shows('listening');
  await menus.choose(views.row(jobsView, 'serve.jl'), 'Extend Time Limit…');
  await quick.input('3 h');
  await menus.choose(views.row(jobsView, 'serve.jl'), 'Send Request to Job…');
  await quick.pick('GET');
  await quick.input('/');
  await window.editors.shows('"status": "ready"');
  await tell(window, 'A job responds on its port');
  await views.rowAction(jobsView, 'serve.jl', 'Cancel Job');
  await messages.answerDialog('Cancel Job');
  await jobSays(window, 'serve.jl', /Stopped/);
  await tell(window, 'Extended, and cancelled');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
