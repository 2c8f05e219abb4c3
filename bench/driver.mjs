// Sends requests over raw sockets, one in flight per connection, and counts the answers.
import { connect } from 'node:net';

const AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

/**
 * Answers per second of `connections` sockets over `seconds`; `makeBody(n)` gives each body.
 * `perSecond` limits the rate, spread evenly; without it the next request follows the answer.
 */
export async function drive({ port, path, connections, seconds, makeBody, perSecond }) {
  let answers = 0;
  let refused = 0;
  let number = 0;
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  const one = () =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      const send = () => {
        const body = makeBody(number++);
        socket.write(
          `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\nuser-agent: ${AGENT}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        );
      };
      const next = () => {
        if (performance.now() >= until) return socket.end();
        if (perSecond === undefined) return send();
        const due = startedAt + (number / perSecond) * 1000;
        const waitMs = due - performance.now();
        if (waitMs < 1) send();
        else setTimeout(send, waitMs);
      };
      socket.on('connect', next);
      socket.on('error', reject);
      socket.on('close', resolve);
      socket.on('data', (part) => {
        answers += 1;
        if (!part.includes('202')) refused += 1;
        next();
      });
    });
  await Promise.all(Array.from({ length: connections }, one));
  return { perSecond: answers / ((performance.now() - startedAt) / 1000), refused };
}
