// One visit, the same for every tracker, and what each of its steps sends.
import { createServer } from 'node:http';

/** A step has sent everything when nothing has come for so long: one tracker looks at the address every two seconds. */
const QUIET_MS = 2600;

/** What is done, in the order of a visit, and what a tracker that misses nothing sends for it. */
export const STEPS = [
  { name: 'load', right: 'view', act: ({ page, address }) => page.goto(address('/start')) },
  {
    name: 'pushState',
    right: 'attention? view',
    act: ({ page }) => page.evaluate("history.pushState(null, '', '/pushed')"),
  },
  {
    name: 'replaceState, new address',
    right: 'attention? view',
    act: ({ page }) => page.evaluate("history.replaceState(null, '', '/replaced')"),
  },
  {
    name: 'replaceState, same address',
    right: '',
    act: ({ page }) => page.evaluate("history.replaceState({ n: 1 }, '')"),
  },
  // A tracker that compares paths only counts it here if it missed the one before: the path looks new to it.
  {
    name: 'query only',
    right: 'attention? view',
    act: ({ page }) => page.evaluate("history.pushState(null, '', '?page=2')"),
  },
  { name: 'fragment', right: '', act: ({ page }) => page.evaluate("location.hash = 'part'") },
  {
    name: 'router that kept the native method',
    right: 'attention? view',
    act: ({ page }) => page.evaluate("nativePushState.call(history, null, '', '/native')"),
  },
  {
    name: 'tab hidden',
    right: 'attention',
    act: async ({ page, wait, other }) => {
      await wait(1300);
      await other.bringToFront();
      await page.waitForFunction('document.hidden', undefined, { polling: 50 });
    },
  },
  {
    name: 'link to the next page',
    right: 'attention? view',
    act: async ({ page, address }) => {
      await page.bringToFront();
      await page.goto(address('/next'));
    },
  },
  {
    name: 'back, from the back/forward cache',
    right: 'attention? view',
    act: ({ page }) => page.evaluate('setTimeout(() => history.back(), 50)'),
  },
  {
    name: 'tab closed',
    right: 'attention',
    act: async ({ page, wait }) => {
      await page.waitForFunction("location.pathname === '/native'", undefined, { polling: 50 });
      await page.bringToFront();
      await wait(1300);
      await page.close({ runBeforeUnload: true });
    },
  },
];

/** What some of them look for in an answer. */
const ALL_IS_WELL = '{"result":"Success"}';

/** Records every request of a tracker, and answers that all is well. */
export class FieldServer {
  requests = [];
  preflights = 0;
  constructor(server) {
    this.server = server;
    server.on('request', (request, response) => this.answer(request, response));
  }

  static async start() {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FieldServer(server);
  }

  get port() {
    return this.server.address().port;
  }

  /** Whose script its pages have from here on; `null` = none. */
  serve(tracker) {
    this.tracker = tracker;
    this.requests = [];
    this.preflights = 0;
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  answer(request, response) {
    const { method, url } = request;
    const path = url.split('?')[0];
    const extension = /\/hits\/\w+\/(\w+\.js)$/.exec(path)?.[1];
    if (path === '/tracker.js') return send(response, 'text/javascript', this.tracker.script);
    if (extension !== undefined && method === 'GET') {
      return send(response, 'text/javascript', this.tracker.extension(extension) ?? '');
    }
    if (!path.startsWith('/hits')) return send(response, 'text/html', this.page());
    let body = '';
    request.setEncoding('utf8').on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      if (method === 'OPTIONS') this.preflights += 1;
      else this.requests.push({ method, url, body });
      send(response, 'application/json', ALL_IS_WELL);
    });
  }

  page() {
    const tag = this.tracker === null ? '' : '<script async src="/tracker.js"></script>';
    return `<!doctype html><title>page</title><script>nativePushState = history.pushState</script>${tag}<p style="height:3000px">text`;
  }
}

function send(response, type, text) {
  response.setHeader('content-type', `${type}; charset=utf-8`);
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-allow-headers', '*');
  response.end(text);
}

/**
 * Takes the visit. Resolves with what each step sent: kinds in order, with repetitions.
 *
 * @param context a browser's, in which a tab behind another is really hidden
 */
export async function walk(context, server, tracker, quietMs = QUIET_MS) {
  server.serve(tracker);
  await context.clearCookies();
  const [other = await context.newPage()] = context.pages();
  const page = await context.newPage();
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const address = (path) => `http://127.0.0.1:${server.port}${path}`;
  const cells = [];
  for (const { act } of STEPS) {
    const before = server.requests.length;
    await act({ page, other, wait, address });
    let seen = -1;
    for (let quiet = 0; quiet < quietMs; quiet += 100) {
      if (server.requests.length !== seen) quiet = 0;
      seen = server.requests.length;
      await wait(100);
    }
    cells.push(server.requests.slice(before).flatMap((request) => tracker.read(request)));
  }
  return cells;
}

/** Whether what a step sent is what it should have: `?` = it may be there. Beside it anything else may be. */
export function isRight(sent, right) {
  const views = sent.filter((kind) => kind === 'view').length;
  const attention = sent.filter((kind) => kind === 'attention').length;
  if (views !== (/\bview\b/.test(right) ? 1 : 0)) return false;
  if (/attention\?/.test(right)) return true;
  return /attention/.test(right) ? attention > 0 : true;
}
