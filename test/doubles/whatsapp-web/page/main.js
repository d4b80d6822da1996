/** The page's entry: the way to its modules, its version, and the connection. */
import { modules } from './modules.js';
import { session } from './session.js';
import { wire } from './wire.js';

// Written into the page by the double.
const { version, missing, frame } = window.settings;

// A module's name that is unknown throws in the page's own loader as well.
window.require = (name) => {
  if (!(name in modules) || missing.includes(name)) {
    wire.send({ type: 'unknown-module', name });
    throw new Error(`Requiring unknown module "${name}"`);
  }
  return modules[name];
};
window.Debug = { VERSION: version };
if (frame) document.body.append(document.createElement('iframe'));
session.read().then((token) => wire.connect({ token }));
