/** Page views of applications whose address is in the fragment. */
import type { Kernel } from '../script/kernel.js';

export default function hash(kernel: Kernel): void {
  let last = location.href;
  const withoutHash = (url: string) => url.split('#')[0];
  addEventListener('hashchange', () => {
    const isOnlyHash = withoutHash(last) === withoutHash(location.href);
    last = location.href;
    // Any other change of the address is a view already.
    if (isOnlyHash) kernel.page(['page']);
  });
}
