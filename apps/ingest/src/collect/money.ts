import type { Money } from '#events';
import { type Refused, refuse } from './refusal.js';

/** Amounts are kept as integers of 1/10,000. */
const DECIMALS = 4;
const VALUE_LIMIT = 1e9;
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** Checks `$`: a finite value below a thousand million, and an ISO 4217 currency. */
export function readMoney(value: unknown): Money | Refused | null {
  if (value === undefined) return null;
  const { value: amount, currency } = (value ?? {}) as { value?: unknown; currency?: unknown };
  if (typeof amount !== 'number' || !Number.isFinite(amount) || Math.abs(amount) >= VALUE_LIMIT) {
    return refuse('bad_event', '$.value must be a number between −10⁹ and 10⁹');
  }
  const code = typeof currency === 'string' ? currency.toUpperCase() : '';
  if (!CURRENCIES.has(code)) {
    return refuse('bad_event', '$.currency must be an ISO 4217 code such as EUR');
  }
  return { amount: toMinorUnits(amount), currency: code };
}

/**
 * Integer of 1/10,000, rounded half away from zero. Works on the decimal digits that were written,
 * since 1.00005 as a binary number lies below the half.
 */
export function toMinorUnits(value: number): number {
  const [digits, exponent] = Math.abs(value).toExponential().split('e') as [string, string];
  const shift = Number(exponent) + DECIMALS;
  const text = digits.replace('.', '');
  const whole = shift < 0 ? '0' : text.slice(0, shift + 1).padEnd(shift + 1, '0');
  const next = shift < -1 ? '0' : (text[shift + 1] ?? '0');
  const units = Number(whole) + (next >= '5' ? 1 : 0);
  return value < 0 && units !== 0 ? -units : units;
}
