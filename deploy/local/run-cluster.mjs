// `npm run cluster [directory]`
import { Cluster } from './cluster.mjs';

const [directory = 'data/stack'] = process.argv.slice(2);
const cluster = await Cluster.up({ directory, tell: (line) => console.log(line) });
const { code, text } = await cluster.command('setup-link');
console.log(`\nHindsight listens on ${cluster.url}`);
if (code === 0) console.log(`Open this link once to become its administrator:\n  ${text.trim()}`);
console.log('Ctrl-C ends it.\n');
let isEnding = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    if (isEnding) return;
    isEnding = true;
    console.log('ending …');
    await cluster.down();
    process.exit(0);
  });
}
