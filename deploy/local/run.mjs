// `npm run stack -- up|down|status [directory]`
import { Stack } from './stack.mjs';

const USAGE = `usage: npm run stack -- up [directory]      starts Kafka and Cassandra (default: ./data/stack)
       npm run stack -- down [directory]    ends them
       npm run stack -- status [directory]  says which of them run`;

const [command = '', directory = 'data/stack'] = process.argv.slice(2);

switch (command) {
  case 'up': {
    const stack = await Stack.up({ directory, tell: (line) => console.log(line) });
    console.log('\nSettings for the product:');
    for (const [name, value] of Object.entries(stack.settings)) console.log(`  ${name}=${value}`);
    process.exit(0);
    break;
  }
  case 'down': {
    const stack = Stack.at(directory);
    if (stack === null) throw new Error(`no stack was started in ${directory}`);
    await stack.down();
    console.log('both servers have ended');
    break;
  }
  case 'status': {
    const stack = Stack.at(directory);
    if (stack === null) console.log(`no stack was started in ${directory}`);
    else console.table(stack.status());
    break;
  }
  default:
    console.error(USAGE);
    process.exitCode = 2;
}
