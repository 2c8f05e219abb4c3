/** For pages that speak to `gtag()`: what goes into `dataLayer` is tracked, nothing of it is taken away. */
import type { Kernel, Properties } from '../script/kernel.js';

type Entry = ArrayLike<unknown> | Record<string, unknown>;
/** Events that the tracker makes itself. */
const OWN_EVENTS = ['user_engagement', 'session_start', 'first_visit', 'scroll'];

export default function gtag(kernel: Kernel): void {
  const page = self as unknown as { dataLayer?: Entry[]; gtag?: (...args: unknown[]) => void };
  page.dataLayer ??= [];
  const layer = page.dataLayer;
  page.gtag ??= function gtag() {
    // biome-ignore lint/complexity/noArguments: GA's own function pushes them as they are
    layer.push(arguments);
  };
  const call = (...args: [string, ...unknown[]]) => callOf(kernel)(...args);
  const event = (name: string, params: Record<string, unknown> = {}) => {
    if (OWN_EVENTS.includes(name)) return;
    if (name === 'page_view') return call('page', flat(params));
    if (Array.isArray(params['items'])) {
      kernel['ecommerce']
        ? call('ecommerce', name, params)
        : call('track', name, flat(params), moneyOf(name, params));
    } else call('track', name, flat(params), moneyOf(name, params));
  };
  const react = (entry: Entry) => {
    const [command, first, second] = Array.from(entry as ArrayLike<unknown>) as [
      string,
      unknown,
      Record<string, unknown>?,
    ];
    if (command === 'event') event(String(first), second);
    else if (command === 'consent') call('consent', first, second);
    else if (command === 'set') {
      const { user_id, ...rest } = (typeof first === 'object' ? first : second) as Record<
        string,
        unknown
      >;
      if (user_id !== undefined) call('identify', user_id);
      if (Object.keys(rest).length > 0) call('set', flat(rest));
    } else if (command === 'config' && second?.['user_id']) call('identify', second['user_id']);
  };
  const attempt = (entry: Entry) => {
    try {
      // Tag managers push objects; gtag pushes its arguments.
      if (typeof (entry as ArrayLike<unknown>)?.length === 'number') react(entry);
    } catch {
      // Another's entry that cannot be read.
    }
  };
  layer.forEach(attempt);
  const push = layer.push;
  layer.push = (...entries) => {
    const length = push.apply(layer, entries);
    entries.forEach(attempt);
    return length;
  };
}

/** The page's own function: it knows what to do with methods that are not loaded yet. */
function callOf(kernel: Kernel): (...call: unknown[]) => void {
  return (self as unknown as Record<string, (...call: unknown[]) => void>)[
    kernel.settings_.name_
  ] as (...call: unknown[]) => void;
}

/** Properties are texts, numbers and booleans. */
function flat(params: Record<string, unknown>): Properties {
  return Object.fromEntries(
    Object.entries(params).filter(([, value]) => /^(string|number|boolean)$/.test(typeof value)),
  ) as Properties;
}

function moneyOf(name: string, { value, currency }: Record<string, unknown>) {
  if (name !== 'purchase' && name !== 'refund') return undefined;
  return Number.isFinite(value) && typeof currency === 'string'
    ? { value: name === 'refund' ? -Math.abs(value as number) : (value as number), currency }
    : undefined;
}
