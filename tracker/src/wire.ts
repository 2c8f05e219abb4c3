/** What the server writes into the script of one site. */
export interface Settings {
  /** Site id. */
  readonly s: string;
  /** Path or address that hits go to. */
  readonly e: string;
  /** Name of the global function, `hindsight` when left out. */
  readonly n?: string;
  /** Domain of the cookie; left out = this host only. */
  readonly d?: string;
}

/** One event as it is sent; the keys are those of the wire format. */
export interface WireEvent {
  i: string;
  n: string;
  t: number;
  u: string;
  r?: string;
  h?: string;
  g?: string;
  d?: number;
  y?: number;
  p?: Record<string, string | number | boolean>;
  $?: { value: number; currency: string };
}

/** One batch as it is sent. */
export interface WireBatch {
  v: 1;
  s: string;
  b: string;
  t: number;
  c?: string;
  n?: [number, number];
  m?: string;
  k: number;
  x?: Record<string, unknown>;
  e: WireEvent[];
}
