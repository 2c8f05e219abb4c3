/** Uncaught errors and rejections as `exception`: each text once, a few per document. */

import { describe } from '../report/describe-error.js';
import type { Kernel } from '../script/kernel.js';

/** A page in a loop of errors is reported, not repeated. */
const ERRORS_MAX = 10;

export default function errors(kernel: Kernel): void {
  const seen = new Set<string>();
  const report = (error: unknown, source?: string, line?: number) => {
    const description = describe(error);
    // “Script error.” is all that another origin's script tells.
    if (seen.has(description) || seen.size >= ERRORS_MAX) return;
    seen.add(description);
    const file = source?.split(/[?#]/)[0];
    kernel.track(['track', 'exception', { description, fatal: false, file, line }]);
  };
  addEventListener('error', (event) => {
    // A resource that did not load is no script's error.
    if (event.target === self || event.message)
      report(event.error ?? event.message, event.filename, event.lineno);
  });
  addEventListener('unhandledrejection', ({ reason }) => report(reason));
}
