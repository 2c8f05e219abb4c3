/** One event on the wire, as the contract's table has it. */
export interface OracleEvent {
  i: string;
  n: string;
  t: number;
  u?: string;
  r?: string;
  h?: string;
  d?: number;
  y?: number;
  p?: Record<string, string | number | boolean>;
  $?: { value: number; currency: string };
}

/** What arrived: one batch of one event, when, from whom. */
export interface Arrival {
  readonly receivedAt: number;
  readonly userAgent: string;
  readonly batch: {
    v: 1;
    s: string;
    b: string;
    t: number;
    c: string;
    n?: [number, number];
    k: number;
    x?: { sc?: string; l?: string[]; z?: string; r?: string };
    e: OracleEvent[];
  };
}

/** A site as the oracle knows it. */
export interface OracleSite {
  readonly id: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly domains: readonly string[];
  readonly keyEvents: readonly { name: string; event: string; page: string | null }[];
}
