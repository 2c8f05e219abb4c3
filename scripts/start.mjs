// README's first command: installs and builds what it needs, then runs the product in this process.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

prepare();
process.argv.splice(2, 0, 'start');
await import(pathToFileURL(join(root, 'dist/bundle/main.js')).href);
