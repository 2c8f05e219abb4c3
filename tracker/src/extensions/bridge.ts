/** Consent from elsewhere: an IAB TCF dialog, or GA's consent mode in `dataLayer`. */
import type { Kernel } from '../script/kernel.js';

/** TCF purposes: store on the device; measure content. */
const PURPOSES = [1, 8];

interface TcData {
  readonly eventStatus?: string;
  readonly gdprApplies?: boolean;
  readonly purpose?: { readonly consents?: Record<number, boolean> };
}
type Tcf = (command: string, version: number, react: (data: TcData, ok: boolean) => void) => void;

export default function bridge(kernel: Kernel): void {
  const page = self as unknown as Record<string, unknown> & {
    __tcfapi?: Tcf;
    dataLayer?: ArrayLike<unknown>[];
  };
  const consent = (kind: unknown, given: object) =>
    (page[kernel.settings_.name_] as (...call: unknown[]) => void)('consent', kind, given);
  page.__tcfapi?.('addEventListener', 2, (data, ok) => {
    // While the dialog is open nothing is decided.
    if (!ok || !/^(tcloaded|useractioncomplete)$/.test(data.eventStatus ?? '')) return;
    const isGranted =
      data.gdprApplies === false ||
      PURPOSES.every((purpose) => data.purpose?.consents?.[purpose] === true);
    consent('update', { analytics: isGranted ? 'granted' : 'denied' });
  });
  // The extension for `gtag` hands everything on: twice is not needed.
  if (/\bgtag\b/.test(kernel.settings_.ext_ ?? '')) return;
  const react = (entry: ArrayLike<unknown>) => {
    if (entry?.[0] !== 'consent') return;
    const { analytics_storage, wait_for_update } = (entry[2] ?? {}) as Record<string, unknown>;
    if (analytics_storage)
      consent(entry[1], { analytics: analytics_storage, waitForUpdate: wait_for_update });
  };
  page.dataLayer ??= [];
  const layer = page.dataLayer;
  layer.forEach(react);
  const push = layer.push;
  layer.push = (...entries) => {
    const length = push.apply(layer, entries);
    entries.forEach(react);
    return length;
  };
}
