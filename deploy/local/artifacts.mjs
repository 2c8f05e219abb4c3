// Fetches the servers' jars with Maven, once: later starts find them in the cache.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Pinned, so that old and new Mavens do the same. */
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** Directory with the jars of a server, fetched when it is not there yet. */
export async function jarsOf(name, here, tell) {
  const pom = join(here, name, 'pom.xml');
  const [, version] = /<version>([^<]+)<\/version>/.exec(readFileSync(pom, 'utf8'));
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hindsight-stack');
  const directory = join(cache, `${name}-${version}`);
  if (existsSync(directory)) return directory;
  tell(`${name} ${version}: fetching its jars (about a minute, once)`);
  mkdirSync(cache, { recursive: true });
  const fetched = mkdtempSync(join(cache, '.fetching-'));
  const args = ['-q', '-B', '-ntp', '-f', pom, COPY];
  await run('mvn', [...args, `-DoutputDirectory=${fetched}`, '-DincludeScope=runtime']);
  try {
    renameSync(fetched, directory);
  } catch (error) {
    // Another start was faster.
    rmSync(fetched, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
  return directory;
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output = (output + text).slice(-4000);
      });
    }
    child.on('error', () => {
      reject(new Error(`“${command}” is not there: the local stack needs Maven and a JDK 17`));
    });
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${code}:\n${output}`));
    });
  });
}
