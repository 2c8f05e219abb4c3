// The one address in front of the cluster's processes.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, startDetached, until } from './processes.mjs';

/** Throws when there is no HAProxy. */
export function assertHaproxy() {
  if (spawnSync('haproxy', ['-v'], { stdio: 'ignore' }).status === 0) return;
  throw new Error('the cluster needs HAProxy: install the package haproxy of your system');
}

/**
 * Starts it; resolves with its process id when it answers.
 * @param backends addresses of the ingest and query processes
 */
export async function startHaproxy({ directory, port, backends }) {
  const file = join(directory, 'haproxy.cfg');
  writeFileSync(file, configuration(port, backends));
  const child = startDetached('haproxy', ['-db', '-f', file], {
    logFile: join(directory, 'haproxy.log'),
  });
  await until(
    async () => {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`);
      if (!response.ok) throw new Error(`it answers ${response.status}`);
    },
    { what: `HAProxy (see ${join(directory, 'haproxy.log')})`, isLost: () => !isAlive(child.pid) },
  );
  return child.pid;
}

/** Hits and scripts go to ingest, all else to query. A connection stays with the process it began with. */
function configuration(port, { ingest, query }) {
  const servers = (list, more = () => '') =>
    list
      .map(
        (address, index) => `  server s${index + 1} ${address} check fall 2 rise 1${more(index)}`,
      )
      .join('\n');
  return `global
  maxconn 4096
  nbthread 1

defaults
  mode http
  timeout connect 2s
  timeout client 70s
  timeout server 30s
  timeout tunnel 1h
  timeout queue 5s
  timeout check 5s
  option forwardfor
  option redispatch
  option prefer-last-server
  retries 2
  retry-on conn-failure
  option httpchk GET /readyz
  default-server inter 500ms

frontend front
  bind 127.0.0.1:${port}
  http-request deny deny_status 404 if { path /metrics }
  use_backend ingest if { path /h } || { path_beg /h/ }
  default_backend query

backend ingest
  # A visitor's events go through one process, so that they reach the log in order whatever waits where.
  balance source
  hash-type consistent
${servers(ingest)}

backend query
  balance leastconn
  # A browser stays with one process: what it has changed is seen there at once.
  cookie hindsight_process insert indirect nocache httponly
${servers(query, (index) => ` cookie s${index + 1}`)}
`;
}
