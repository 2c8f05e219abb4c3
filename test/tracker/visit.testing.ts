/// <reference lib="dom" />
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { TrackerSettings } from '../../apps/ingest/src/script/tracker-settings.js';
import { type Engine, launch } from './browser.testing.js';
import { Collector } from './collector.testing.js';

/** What one page of a case is made of. */
export interface PageOptions {
  readonly settings?: TrackerSettings;
  readonly domains?: string[];
  /** Attributes of the tag. */
  readonly attributes?: string;
  /** Before the tag. */
  readonly before?: string;
  readonly html?: string;
  readonly host?: string;
  /** Host that the tracker comes from. */
  readonly scriptHost?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

/** Longer than a beacon takes on one machine. */
const QUIET_MS = 250;

/** The snippet's stub: calls are kept until the script is there. */
export const STUB =
  '<script>window.hindsight||((hindsight=function(){hindsight.q.push([arguments,Date.now(),location.href])}).q=[])</script>';

/** One browser and one collector for the cases of a file; a person of their own for each. */
export class Visit {
  collector!: Collector;
  browser!: Browser;
  context!: BrowserContext;
  page!: Page;
  private marks = 0;

  /** Sets up before and cleans up after. */
  static forEach(options: BrowserContextOptions = {}, engine: Engine = 'chromium'): Visit {
    const visit = new Visit();
    beforeAll(async () => {
      visit.collector = await Collector.start();
      visit.browser = await launch(visit.collector.port, engine);
      const mark = '<script>fetch("/mark/" + location.search.slice(1))</script>';
      visit.collector.page('/mark-me', mark);
    });
    afterAll(async () => {
      await visit.browser.close();
      await visit.collector.close();
    });
    beforeEach(() => visit.begin(options));
    afterEach(() => visit.context.close());
    return visit;
  }

  /** Another person. */
  async begin(options: BrowserContextOptions = {}): Promise<void> {
    this.collector.always(null);
    this.collector.blocked.clear();
    this.context = await this.browser.newContext(options);
    this.page = await this.context.newPage();
  }

  /** Makes a page of a new site, without opening it. */
  prepare(options: PageOptions = {}): string {
    const site = this.collector.site(options.settings, options.domains);
    const tag = this.collector.tag(site, options.attributes, options.scriptHost);
    const head = `<title>start</title>${options.before ?? ''}${tag}`;
    const html = `<!doctype html><html><head>${head}</head><body>${options.html ?? ''}</body></html>`;
    for (const path of [options.path ?? '/', '/next'])
      this.collector.page(path, html, options.headers);
    return site;
  }

  /** Opens a page of a new site; the script has begun when it returns, unless it is held back. */
  async open(options: PageOptions = {}): Promise<string> {
    const site = this.prepare(options);
    await this.page.goto(this.collector.origin(options.host) + (options.path ?? '/'));
    return site;
  }

  /** The same, and its first view has arrived. */
  async see(options: PageOptions = {}): Promise<string> {
    const site = await this.open(options);
    await this.collector.eventsReach(site, 'page_view', 1);
    return site;
  }

  /** Leaves the page, and waits until everything that it sent has arrived. */
  async leave(page = this.page): Promise<void> {
    this.marks += 1;
    const mark = `leave-${this.marks}`;
    await page.goto(`${this.collector.origin('www.elsewhere.example')}/mark-me?${mark}`);
    await this.collector.marked(mark);
    // A beacon may be overtaken by the mark: nothing more comes when nothing has come for a while.
    for (let seen = -1; seen !== this.collector.hits.length; ) {
      seen = this.collector.hits.length;
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    }
  }

  extensionLoaded(name: string): Promise<boolean> {
    return this.collector.until(
      () => this.collector.others.includes(`GET extension ${name}`),
      `extension ${name}`,
    );
  }

  /** What this origin has stored: cookies, and both storages. */
  async stored(page = this.page): Promise<{ cookies: string; keys: string[] }> {
    return page.evaluate(() => ({
      cookies: document.cookie,
      keys: [...Object.keys(localStorage), ...Object.keys(sessionStorage)],
    }));
  }
}
