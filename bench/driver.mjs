// Sends requests over raw sockets, one in flight per connection, and counts the answers.
import { connect } from 'node:net';

/** Answers per second of `connections` sockets over `seconds`; `makeBody(n)` gives each body. */
export async function drive({ port, path, connections, seconds, makeBody }) {
  let answers = 0;
  let refused = 0;
  let number = 0;
  const until = performance.now() + seconds * 1000;
  const one = () =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      const send = () => {
        const body = makeBody(number++);
        socket.write(
          `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\nuser-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
        );
      };
      socket.on('connect', send);
      socket.on('error', reject);
      socket.on('close', resolve);
      socket.on('data', (part) => {
        answers += 1;
        if (!part.includes('202')) refused += 1;
        if (performance.now() < until) send();
        else socket.end();
      });
    });
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connections }, one));
  return { perSecond: answers / ((performance.now() - startedAt) / 1000), refused };
}
