import assert from 'node:assert/strict';
import { toUserEnv, type ProcessEnv } from '../../../src/lib/userEnvironment.js';
import { startStopwatch } from '../../fakes/stopwatch.js';

describe('the environment of the user', () => {
  const check = (what: string, env: ProcessEnv, expected: ProcessEnv): void => {
    it(what, () => {
      const cleaned = toUserEnv(env);
      assert.deepEqual(cleaned, expected);
      assert.deepEqual(toUserEnv(cleaned), expected, 'a second call changes nothing');
    });
  };

  check(
    'is unchanged outside a package',
    { PATH: '/usr/bin:/bin', HOME: '/home/ada', EMPTY: '', LD_LIBRARY_PATH: ':/opt/lib', GONE: undefined },
    { PATH: '/usr/bin:/bin', HOME: '/home/ada', EMPTY: '', LD_LIBRARY_PATH: ':/opt/lib' },
  );

  check(
    "contains none of the editor's own variables",
    {
      VSCODE_PID: '1',
      VSCODE_IPC_HOOK_EXTHOST: '/run/x',
      ELECTRON_RUN_AS_NODE: '1',
      Electron_No_Attach_Console: '1',
      BATCH_JOBS_NOTES: '/x',
      CHROME_DESKTOP: 'code.desktop',
      APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
      ORIGINAL_XDG_CURRENT_DESKTOP: 'GNOME',
      XDG_CURRENT_DESKTOP: 'Unity',
      MY_VSCODE_NOTE: 'mine',
    },
    { XDG_CURRENT_DESKTOP: 'GNOME', MY_VSCODE_NOTE: 'mine' },
  );

  const snap = '/snap/code/181';
  check(
    'contains the values from before a snap changed them',
    {
      SNAP: snap,
      SNAP_NAME: 'code',
      SNAP_REVISION: '181',
      XDG_DATA_DIRS: `${snap}/usr/share:/usr/share`,
      XDG_DATA_DIRS_VSCODE_SNAP_ORIG: '/usr/local/share:/usr/share',
      GTK_PATH: `${snap}/usr/lib/gtk-3.0`,
      GTK_PATH_VSCODE_SNAP_ORIG: '',
      GIO_MODULE_DIR: '/home/ada/snap/code/common/.cache/gio-modules',
      GIO_MODULE_DIR_VSCODE_SNAP_ORIG: '',
      LOCPATH: `${snap}/usr/lib/locale`,
      LD_LIBRARY_PATH: `${snap}/usr/lib:${snap}/lib:/opt/cuda/lib`,
      GDK_PIXBUF_MODULE_FILE: `${snap}/loaders.cache`,
      PATH: `${snap}/usr/bin:/usr/bin:/snap/bin`,
      NEW_VSCODE_SNAP_ORIG: '/kept',
      SNAPSHOT: 'mine',
    },
    {
      XDG_DATA_DIRS: '/usr/local/share:/usr/share',
      LD_LIBRARY_PATH: '/opt/cuda/lib',
      PATH: '/usr/bin:/snap/bin',
      NEW: '/kept',
      SNAPSHOT: 'mine',
    },
  );

  check(
    'contains no folder of a snap under its other path',
    { SNAP: '/var/lib/snapd/snap/code/9', A: '/snap/code/9/a:/b', B: '/var/lib/snapd/snap/code/9/b:/c' },
    { A: '/b', B: '/c' },
  );

  const mount = '/tmp/.mount_CodeX1';
  check(
    'contains nothing of an AppImage, which is unmounted when the editor is closed',
    {
      APPDIR: mount,
      APPIMAGE: '/home/ada/Code.AppImage',
      ARGV0: './Code.AppImage',
      OWD: '/home/ada',
      PATH: `${mount}:${mount}/usr/sbin:/home/ada/bin:/usr/bin`,
      LD_LIBRARY_PATH: `${mount}/usr/lib:`,
      PYTHONHOME: `${mount}/usr/`,
      PERLLIB: `${mount}/usr/share/perl5/:${mount}/usr/lib/perl5/:`,
      XDG_DATA_DIRS: `${mount}/usr/share/:/usr/share`,
      LD_PRELOAD: `${mount}/exec.so`,
      NEAR: `${mount}0/other:/x`,
      TEXT: `see ${mount}/readme`,
    },
    {
      PATH: '/home/ada/bin:/usr/bin',
      XDG_DATA_DIRS: '/usr/share',
      NEAR: `${mount}0/other:/x`,
      TEXT: `see ${mount}/readme`,
    },
  );
  check(
    'of an AppImage can have its mount with a trailing slash',
    { APPDIR: `${mount}/`, A: `${mount}/a:/b` },
    { A: '/b' },
  );
  check(
    'of an unpacked AppImage is detected by its other variables',
    { APPDIR: '/opt/squashfs-root', OWD: '/', A: '/opt/squashfs-root/usr/lib:/b' },
    { A: '/b' },
  );

  for (const own of ['/', '/usr', '', 'relative', '/home'])
    it(`keeps everything with APPDIR=${own || 'nothing'}, which is not a mount`, () => {
      const env = toUserEnv({ APPDIR: own, APPIMAGE: '/x', PATH: '/usr/bin:/home/ada/bin:relative/bin' });
      assert.deepEqual(env['PATH'], '/usr/bin:/home/ada/bin:relative/bin');
    });
  check(
    "keeps the user's own APPDIR, ARGV0 and SNAP_ variables outside a package",
    { APPDIR: '/home/ada/app', PATH: '/home/ada/app/bin:/bin', SNAP_TO_GRID: '1' },
    { APPDIR: '/home/ada/app', PATH: '/home/ada/app/bin:/bin', SNAP_TO_GRID: '1' },
  );

  const bootloader = '/home/ada/.vscode/extensions/ms-vscode.js-debug/src/bootloader.js';
  check(
    "contains the user's own Node.js options",
    { VSCODE_NODE_OPTIONS: '--max-old-space-size=4096', NODE_OPTIONS: '--inspect' },
    { NODE_OPTIONS: '--max-old-space-size=4096' },
  );
  check(
    'contains no debugger of the editor',
    { NODE_OPTIONS: ` --require "${bootloader}" --require ./mine.js --trace-warnings` },
    { NODE_OPTIONS: '--require ./mine.js --trace-warnings' },
  );
  check(
    'contains no Node.js options if only the editor set some',
    { NODE_OPTIONS: `--require ${bootloader} ` },
    {},
  );

  check(
    "preloads the user's own libraries, also separated by spaces, and none of the package",
    {
      APPIMAGE: '/home/ada/Code.AppImage',
      APPDIR: '/tmp/.mount_Code1',
      LD_PRELOAD: '/tmp/.mount_Code1/exec.so /usr/lib/mine.so',
    },
    { LD_PRELOAD: '/usr/lib/mine.so' },
  );
  check(
    'preloads no library of the package after one of the user',
    { SNAP: '/snap/code/1', LD_PRELOAD: '/usr/lib/mine.so /snap/code/1/lib/bindtextdomain.so' },
    { LD_PRELOAD: '/usr/lib/mine.so' },
  );

  it('takes time proportional to its input', () => {
    const long = `${'--require '.repeat(20_000)}${'/'.repeat(50_000)}${':a'.repeat(50_000)}`;
    const elapsedMs = startStopwatch();
    toUserEnv({ NODE_OPTIONS: long, APPDIR: long, SNAP: `/${long}`, PATH: long });
    assert.ok(elapsedMs() < 1_000);
  });
});
