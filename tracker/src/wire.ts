/** One event as it is sent; the keys are those of the wire format. */
export interface WireEvent {
  i: string;
  n: string;
  t: number;
  u?: string | undefined;
  r?: string | undefined;
  h?: string | undefined;
  g?: string | undefined;
  d?: number | undefined;
  y?: number | undefined;
  p?: Properties | undefined;
  $?: Money | undefined;
}

/** What a site says about an event: at most 30 keys of 64 characters, texts of at most 500. */
export type Properties = Record<string, string | number | boolean | undefined>;

export interface Money {
  value: number;
  /** ISO 4217. */
  currency: string;
}

/** One batch as it is sent. */
export interface WireBatch {
  v: 1;
  s: string;
  b: string;
  t: number;
  c?: string | undefined;
  n?: [number, number] | undefined;
  m?: string | undefined;
  k: number;
  x?: Record<string, unknown> | undefined;
  e: WireEvent[];
}

/** Bits of `k`. */
export const FLAG = {
  consented: 1,
  cookieless: 2,
  gpc: 4,
  dnt: 8,
  webdriver: 16,
  retry: 32,
  beacon: 64,
  prerendered: 128,
} as const;
