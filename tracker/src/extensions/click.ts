/**
 * Outbound links, downloads, forms, elements with `data-track`, pages that are not there. It only looks: no
 * navigation is prevented or delayed, no value of a field is read. Names are those of GA4.
 */
import type { Kernel, Properties } from '../script/kernel.js';

/** Endings of GA4's file downloads. */
const DOWNLOADS =
  'pdf|xlsx?|docx?|txt|rtf|csv|exe|key|pp(s|t|tx)|7z|pkg|rar|gz|tar|zip|avi|mov|mp4|mpe?g|wmv|midi?|mp3|wav|wma|dmg|iso|apk';
const TEXT_MAX = 100;
const URL_MAX = 500;
/** Clicks that open a link: the main button and the middle one. */
const BUTTONS_MAX = 1;

export default function click(kernel: Kernel): void {
  const isDownload = RegExp(`\\.(${kernel.settings_.downloads_ || DOWNLOADS})$`, 'i');
  const track = (name: string, props: Properties) => {
    kernel.track(['track', name, props]);
    // The page may be about to go: what is clicked is sent at once rather than with the beacon.
    setTimeout(kernel.flush_);
  };
  const linked = (link: HTMLAnchorElement | SVGAElement) => {
    const url = urlOf(link);
    if (url === null || !/^https?:$/.test(url.protocol)) return;
    const props = {
      link_url: url.href.slice(0, URL_MAX),
      link_domain: url.hostname,
      link_text: textOf(link),
      link_id: link.id || undefined,
    };
    const file = isDownload.exec(url.pathname);
    if (file || link.hasAttribute('download')) {
      const name = url.pathname.slice(-URL_MAX);
      track('file_download', { ...props, file_name: name, file_extension: file?.[1] });
    } else if (url.hostname !== location.hostname) track('click', { ...props, outbound: true });
  };
  const clicked = (event: MouseEvent) => {
    if (event.button > BUTTONS_MAX) return;
    const path = event.composedPath().filter((each): each is Element => each instanceof Element);
    if (path.some((each) => each.hasAttribute('data-track-ignore'))) return;
    const link = path.find((each) => /^a(rea)?$/i.test(each.tagName) && each.matches(':any-link'));
    if (link) linked(link as HTMLAnchorElement);
    const marked = path.find((each) => each.hasAttribute('data-track'));
    if (marked && event.type === 'click' && !/^form$/i.test(marked.tagName)) trackMarked(marked);
  };
  const trackMarked = (element: Element) =>
    track(element.getAttribute('data-track') || 'click', markedProps(element));

  const started = new WeakSet<Element>();
  const formOf = (event: Event) => {
    const target = event.composedPath()[0];
    const form = target instanceof Element ? target.closest('form') : null;
    return form === null || form.closest('[data-track-ignore]') ? null : form;
  };
  const focused = (event: Event) => {
    const form = formOf(event);
    if (form === null || started.has(form)) return;
    started.add(form);
    track('form_start', formProps(form));
  };
  const submitted = (event: Event) => {
    const form = formOf(event);
    if (form === null) return;
    track('form_submit', formProps(form));
    if (form.hasAttribute('data-track')) trackMarked(form);
  };
  const listen = (type: string, react: (event: never) => void) =>
    addEventListener(
      type,
      (event) => {
        try {
          react(event as never);
        } catch {
          // A page with elements of its own making: it must not notice.
        }
      },
      true,
    );
  listen('click', clicked);
  listen('auxclick', clicked);
  listen('change', focused);
  listen('submit', submitted);
  const status = document.querySelector(`meta[name="${kernel.settings_.name_}:status"]`);
  if (status?.getAttribute('content') === '404') track('404', { path: location.pathname });
}

/** The address of a link of HTML or SVG, whose `href` is another kind of object. */
function urlOf(link: HTMLAnchorElement | SVGAElement): URL | null {
  const href = typeof link.href === 'string' ? link.href : link.href.baseVal;
  try {
    return new URL(href, location.href);
  } catch {
    return null;
  }
}

function textOf(element: Element): string | undefined {
  return element.textContent?.trim().replace(/\s+/g, ' ').slice(0, TEXT_MAX) || undefined;
}

/** `data-track-plan="pro"` is the property `plan`. */
function markedProps(element: Element): Properties {
  const props: Properties = {};
  for (const { name, value } of element.attributes) {
    const [, key] = /^data-track-(.+)/.exec(name) ?? [];
    if (key) props[key.replaceAll('-', '_')] = value.slice(0, URL_MAX);
  }
  return props;
}

function formProps(form: HTMLFormElement): Properties {
  // A field named `id` or `action` hides the form's own: attributes are asked.
  const text = (name: string) => form.getAttribute(name)?.slice(0, URL_MAX) || undefined;
  const action = text('action');
  return {
    form_id: text('id'),
    form_name: text('name'),
    form_destination: action && new URL(action, location.href).href.split('?')[0],
  };
}
