/** Hands the visitor over to the site's other domains: links to them get a token when they are pressed. */
import { makeToken, PARAMETER } from '../handover/token.js';
import { readVisitor } from '../privacy/visitor.js';
import type { Kernel } from '../script/kernel.js';

export default function xdomain(kernel: Kernel): void {
  const { domains_, key_ } = kernel.settings_;
  const domains = (domains_ ?? '').split(' ').filter((domain) => domain !== '');
  const isOurs = (host: string) =>
    host !== location.hostname &&
    domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
  const decorate = (event: Event) => {
    const link = event
      .composedPath()
      .find((each): each is HTMLAnchorElement => each instanceof HTMLAnchorElement);
    if (!link || !isOurs(link.hostname) || kernel.held_) return;
    const visitor = readVisitor(document.cookie, key_);
    if (visitor === null) return;
    const url = new URL(link.href);
    url.searchParams.set(PARAMETER, makeToken(visitor.join('.')));
    link.href = url.href;
  };
  for (const type of ['pointerdown', 'click', 'keydown'])
    addEventListener(
      type,
      (event) => {
        try {
          decorate(event);
        } catch {
          // The link stays as it was.
        }
      },
      true,
    );
}
