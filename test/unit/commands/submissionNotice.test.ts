import assert from 'node:assert/strict';
import { submitScript } from '../../../src/commands/submitScript.js';
import { openScript, portsOf } from '../../fakes/commandPorts.js';
import { takingScripts } from '../../fakes/taking.js';
import { scriptedUi } from '../../fakes/ui.js';

describe('the message of a backend that accepts a job', () => {
  const told = async (notice: string | undefined) => {
    const { backend } = takingScripts({ getNotice: () => notice });
    const { ui, seen } = scriptedUi();
    const desk = { getScript: () => Promise.resolve(openScript('fit.jl', '1')) };
    await submitScript(undefined, portsOf({ ui, backends: [backend], desk }));
    return seen.told.map(({ weight, text }) => `${weight}: ${text}`);
  };

  it('is shown to the user, and nothing where it says nothing', async () => {
    assert.deepEqual(await told('Your project has 3 h left.'), ['info: Local: Your project has 3 h left.']);
    assert.deepEqual(await told(undefined), []);
  });
});
