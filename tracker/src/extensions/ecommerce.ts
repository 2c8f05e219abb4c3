/**
 * GA4's e-commerce: `hindsight('ecommerce', 'purchase', { transaction_id, currency, value, items })`. Items are checked,
 * the value is summed up where it is missing, and the money goes where reports look for it.
 */
import type { Kernel, Properties } from '../script/kernel.js';

/** Properties of an event are flat texts and numbers: so many items are told by their ids. */
const ITEMS_MAX = 50;
const TEXT_MAX = 500;
const NAMES = [
  'view_item_list',
  'select_item',
  'view_item',
  'add_to_wishlist',
  'add_to_cart',
  'remove_from_cart',
  'view_cart',
  'begin_checkout',
  'add_shipping_info',
  'add_payment_info',
  'purchase',
  'refund',
  'view_promotion',
  'select_promotion',
];

/** One thing of a basket, with GA4's names. */
export interface Item {
  readonly item_id?: string;
  readonly item_name?: string;
  readonly price?: number;
  readonly quantity?: number;
}

export default function ecommerce(kernel: Kernel): void {
  kernel['ecommerce'] = ([, name, given]: [string, string, unknown], at?: number, url?: string) => {
    if (!NAMES.includes(name)) return warn(`${name} is none of ${NAMES.join(', ')}`);
    const { items, value, currency, ...rest } = (given ?? {}) as {
      items?: Item[];
      value?: number;
      currency?: string;
    } & Properties;
    const list = (Array.isArray(items) ? items : []).filter(isItem).slice(0, ITEMS_MAX);
    const total = isNumber(value) ? value : sumOf(list);
    const money = isMoney(name) && /^[A-Z]{3}$/i.test(String(currency));
    const signed = name === 'refund' ? -Math.abs(total) : total;
    if (isMoney(name) && !money) warn(`${name} has no currency, so its value is not counted`);
    kernel.track(
      [
        'track',
        name,
        {
          ...rest,
          value: total,
          currency,
          item_count: list.reduce((sum, item) => sum + quantityOf(item), 0),
          item_ids: list
            .map((item) => item.item_id ?? item.item_name)
            .join(',')
            .slice(0, TEXT_MAX),
        },
        money ? { value: signed, currency: currency as string } : undefined,
      ],
      at,
      url,
    );
  };
}

/** Only what was bought or given back is revenue; a basket is none. */
const isMoney = (name: string) => name === 'purchase' || name === 'refund';
const isNumber = (value: unknown): value is number => Number.isFinite(value);
const isItem = (item: unknown): item is Item =>
  typeof item === 'object' && item !== null && ('item_id' in item || 'item_name' in item);
const quantityOf = ({ quantity }: Item) => (isNumber(quantity) ? quantity : 1);
/** Rounded to the ten-thousandth that amounts are kept in. */
const sumOf = (items: readonly Item[]) =>
  Math.round(
    items.reduce((sum, item) => sum + Number(item.price ?? 0) * quantityOf(item), 0) * 1e4,
  ) / 1e4;

/** Told to who looks for it: the extension `debug` shows it. */
function warn(text: string): void {
  dispatchEvent(new CustomEvent('hindsight-warning', { detail: text }));
}
