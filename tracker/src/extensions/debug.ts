/** Shows on the console what is sent. Never loaded unless a page asks for it. */
import type { Kernel } from '../script/kernel.js';

export default function debug(kernel: Kernel): void {
  const { send_, settings_ } = kernel;
  const show = (...what: unknown[]) => console.info(`[${settings_.name_}]`, ...what);
  kernel.send_ = (batch, isHiding) => {
    show(isHiding ? 'beacon' : 'request', batch);
    send_(batch, isHiding);
  };
  addEventListener('hindsight-warning', (event) => show((event as CustomEvent).detail));
  show('settings', settings_);
}
