// The trackers of the field: how each begins on a page, and what its requests say.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const FOLDER = new URL('.', import.meta.url).pathname;

/** @typedef {'view' | 'attention' | 'other'} Kind */

const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
const named = (names, views, attention) =>
  names.map((name) =>
    views.includes(name) ? 'view' : attention.includes(name) ? 'attention' : 'other',
  );

/** Those of a package: what is bundled with it, and how a request is read. `null` = it carries no event. */
const RIVALS = {
  Plausible: {
    package: '@plausible-analytics/tracker',
    code: `import { init } from '@plausible-analytics/tracker';
      init({ domain: 'shop.example', endpoint: location.origin + '/hits', captureOnLocalhost: true });`,
    read: ({ body }) => named([parse(body)?.n], ['pageview'], ['engagement']),
  },
  Swetrix: {
    package: 'swetrix',
    code: `import { init, trackViews } from 'swetrix';
      init('project', { apiURL: location.origin + '/hits', devMode: true }); trackViews();`,
    read: ({ url }) => [url.endsWith('/hb') ? 'attention' : 'view'],
  },
  OpenPanel: {
    package: '@openpanel/web',
    code: `import { OpenPanel } from '@openpanel/web';
      new OpenPanel({ apiUrl: location.origin + '/hits', clientId: 'shop', trackScreenViews: true });`,
    read: ({ body }) => named([parse(body)?.payload?.name], ['screen_view'], []),
  },
  Rybbit: {
    package: '@rybbit/js',
    code: `import rybbit from '@rybbit/js';
      rybbit.init({ analyticsHost: location.origin + '/hits', siteId: '1' });`,
    read: ({ body }) => named([parse(body)?.type], ['pageview'], []),
  },
  PostHog: {
    package: 'posthog-js',
    code: `import posthog from 'posthog-js';
      posthog.init('key', { api_host: location.origin + '/hits', defaults: '2025-05-24', autocapture: false, disable_compression: true,
        request_batching: false, disable_session_recording: true, disable_surveys: true, advanced_disable_flags: true, opt_out_useragent_filter: true });`,
    read: ({ url, body }) => {
      if (!/\/(e|i\/v0\/e)\//.test(url)) return [];
      const text = body.startsWith('data=') ? decodeURIComponent(body.slice(5)) : body;
      const events = [parse(text) ?? []].flat().flatMap((each) => each.batch ?? each);
      return named(
        events.map(({ event }) => event),
        ['$pageview'],
        ['$pageleave'],
      );
    },
  },
  Snowplow: {
    package: '@snowplow/browser-tracker',
    code: `import { enableActivityTracking, newTracker, trackPageView } from '@snowplow/browser-tracker';
      newTracker('sp', location.origin + '/hits', { appId: 'shop' });
      enableActivityTracking({ minimumVisitLength: 1, heartbeatDelay: 1 }); trackPageView();`,
    read: ({ body }) =>
      named(
        (parse(body)?.data ?? []).map(({ e }) => e),
        ['pv'],
        ['pp'],
      ),
  },
  Countly: {
    package: 'countly-sdk-web',
    code: `import Countly from 'countly-sdk-web';
      Countly.init({ app_key: 'shop', url: location.origin + '/hits' }); Countly.track_sessions(); Countly.track_pageview();`,
    read: ({ url, body }) => {
      const fields = new URLSearchParams(body || (url.split('?')[1] ?? ''));
      const events = parse(fields.get('events') ?? '[]') ?? [];
      const kinds = named(
        events.map(({ key }) => key),
        ['[CLY]_view'],
        [],
      );
      return fields.has('session_duration') ? [...kinds, 'attention'] : kinds;
    },
  },
};

/** Ours, as the server assembles it. */
export async function ours() {
  const dist = (file) => import(pathToFileURL(join(process.cwd(), 'dist', file)).href);
  const { assemble } = await dist('apps/ingest/src/script/assemble.js');
  const { BuiltTracker } = await dist('apps/ingest/src/script/built-tracker.js');
  const built = new BuiltTracker(pathToFileURL(`${process.cwd()}/dist/tracker/`));
  const script = assemble(built, { id: 'shop', domains: [] }, {}, 'hits');
  return {
    name: 'Hindsight',
    version: JSON.parse(readFileSync('package.json', 'utf8')).version,
    script,
    extension: (name) => built.script(`extensions/${name}`, ''),
    read: ({ body }) =>
      named(
        (parse(body)?.e ?? []).map(({ n }) => n),
        ['page_view'],
        ['user_engagement'],
      ),
  };
}

/** Those whose packages are installed here. */
export function rivals() {
  return Promise.all(
    Object.entries(RIVALS).map(async ([name, { package: from, code, read }]) => {
      const { outputFiles } = await build({
        stdin: { contents: code, resolveDir: FOLDER },
        bundle: true,
        minify: true,
        format: 'iife',
        target: 'es2021',
        write: false,
        logLevel: 'error',
        // Recorders of sessions that are fetched only where they are switched on.
        external: ['rrweb', '@rrweb/*', 'rrweb-snapshot'],
      });
      const { version } = JSON.parse(
        readFileSync(join(FOLDER, 'node_modules', from, 'package.json'), 'utf8'),
      );
      return { name, version, script: outputFiles[0].text, extension: () => null, read };
    }),
  );
}
