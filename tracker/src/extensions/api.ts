/** Methods that a first view does not need, and everything about consent and modes. */
import { Privacy } from '../privacy/consent.js';
import { readVisitor } from '../privacy/visitor.js';
import { describe } from '../report/describe-error.js';
import type { Kernel, Method, Properties, TimedCall } from '../script/kernel.js';
import { FLAG, type WireEvent } from '../wire.js';

/** What a page may do with an event before it is sent: change it, or leave it out by `false` or `null`. */
export type BeforeSend = (event: WireEvent) => WireEvent | false | null | undefined;

/** Begins when everything is there that must be done before anything goes. */
export default function api(kernel: Kernel): void | Promise<void> {
  if (!kernel.settings_.addresses_) return begin(kernel);
  return import(`${kernel.settings_.base_}addresses.js`).then((module) => {
    module.default(kernel);
    begin(kernel);
  });
}

function begin(kernel: Kernel): void {
  const privacy = new Privacy(kernel);
  const hooks: BeforeSend[] = [];
  let always: Properties = {};
  let user: string | undefined;
  const add = kernel.add_;
  const send = kernel.send_;

  kernel.add_ = (event, delayMs) => {
    if (privacy.mode === 'off') return;
    if (event.n !== 'user_engagement' && Object.keys(always).length > 0)
      event.p = { ...always, ...event.p };
    add(event, delayMs);
  };
  kernel.send_ = (batch, isHiding) => {
    if (user !== undefined && !(batch.k & FLAG.cookieless)) batch.m = user;
    batch.e = batch.e.filter((event) => hooks.every((hook) => passes(hook, event)));
    if (batch.e.length > 0) send(batch, isHiding);
  };

  const method = (name: string, act: (...args: never[]) => unknown) => {
    const run: Method = ([, ...args], at, url) => act.call([at, url], ...(args as never[]));
    kernel[name] = run;
  };
  const track = (times: unknown, event: string, props?: Properties) => {
    const [at, url] = times as [number?, string?];
    kernel.track(['track', event, props], at, url);
  };
  method('identify', function (this: unknown, id: unknown, traits?: Properties) {
    user = id == null || id === '' ? undefined : String(id).slice(0, 256);
    if (traits) track(this, 'identify', traits);
  });
  method('group', function (this: unknown, id: unknown, traits?: Properties) {
    track(this, 'group', { ...traits, group_id: String(id) });
  });
  method('alias', function (this: unknown, id: unknown) {
    track(this, 'alias', { alias: String(id), ...(user && { user_id: user }) });
  });
  method('screen', function (this: unknown, name: unknown, props?: Properties) {
    track(this, 'screen_view', { ...props, screen_name: String(name) });
  });
  method('captureException', function (this: unknown, error: unknown, props?: Properties) {
    track(this, 'exception', { description: describe(error), fatal: false, ...props });
  });
  method('set', (props?: Properties) => {
    always = { ...always, ...props };
  });
  method('reset', () => {
    kernel.flush_();
    user = undefined;
    always = {};
    privacy.reset();
  });
  method('consent', (kind: unknown, consent?: object) => privacy.consent(kind, consent));
  method('optOut', () => privacy.optOut());
  method('optIn', () => privacy.optIn());
  method('flush', () => kernel.flush_());
  method('ready', (act: () => void) => act());
  method('init', () => {});
  method('beforeSend', (hook: BeforeSend) => void hooks.push(hook));
  method('use', (extension: string | ((api: unknown) => void)) => {
    if (typeof extension === 'function') extension(page[name]);
    else if (/^[a-z-]+$/.test(extension))
      kernel[extension] ||= import(`${kernel.settings_.base_}${extension}.js`).then(
        (module) => module.default(kernel),
        () => 0,
      );
  });
  const visitor = () =>
    privacy.mode === 'cookie' && readVisitor(document.cookie, kernel.settings_.key_);
  const name = kernel.settings_.name_;
  const page = self as unknown as Record<
    string,
    Record<string, unknown> & ((...call: unknown[]) => void)
  >;
  const global = page[name];
  if (global) {
    for (const each of Object.keys(kernel))
      if (/^[a-z]{3,}/i.test(each) && typeof kernel[each] === 'function')
        global[each] = (...args: unknown[]) => global(each, ...args);
    global['getId'] = () => (visitor() || [])[0];
    global['getSessionId'] = () => (visitor() || [])[2];
  }

  // Consent first: whatever else was called must not be sent before it is known.
  const isPrivacy = ([[called]]: TimedCall) => /^(consent|opt)/.test(called);
  const calls = kernel.queue_.splice(0);
  const isAsked = calls.some(isPrivacy);
  if (!isAsked || kernel.settings_.consent_ === 'wait') privacy.begin();
  for (const timed of [...calls.filter((each) => !isPrivacy(each)), ...calls.filter(isPrivacy)])
    attempt(() => (kernel[timed[0][0]] as Method | undefined)?.(...timed));
  // What was asked may have been about something else, such as advertising.
  if (privacy.mode === null) privacy.begin();
}

function passes(hook: BeforeSend, event: WireEvent): boolean {
  let isKept = true;
  attempt(() => {
    const changed = hook(event);
    if (changed === false || changed === null) isKept = false;
    else if (changed) Object.assign(event, changed);
  });
  return isKept;
}

/** The page's own functions may throw: not through us. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // The page must not notice.
  }
}
