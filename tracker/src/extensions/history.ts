/** Page views of browsers without the Navigation API: the history's methods and its events. */
import type { Kernel } from '../script/kernel.js';

export default function history(kernel: Kernel): void {
  const addressOf = () => location.href.split('#')[0];
  // What happened between the first view and now is seen as well: the document was loaded from here.
  const loadedFrom = performance.getEntriesByType('navigation')[0]?.name.split('#')[0];
  let last = loadedFrom ?? addressOf();
  const moved = () => {
    const address = addressOf();
    if (address === last || kernel.settings_.auto_ === 'false') return;
    last = address;
    kernel.page(['page']);
  };
  for (const method of ['pushState', 'replaceState'] as const) {
    const native = self.history[method];
    self.history[method] = function patched(this: History, ...args) {
      native.apply(this, args);
      moved();
    };
  }
  addEventListener('popstate', moved);
  addEventListener('hashchange', moved);
  moved();
}
