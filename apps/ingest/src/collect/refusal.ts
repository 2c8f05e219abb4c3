/** **The closed list of reasons** for which a hit is refused, each with its HTTP status. */
export const REFUSAL_STATUS = {
  bad_json: 400,
  bad_batch: 400,
  bad_event: 400,
  bad_time: 400,
  bad_encoding: 400,
  too_many_events: 413,
  too_large: 413,
  unknown_site: 404,
  bad_token: 401,
  needs_token: 401,
  forbidden: 403,
  bad_type: 415,
  rate_limited: 429,
  unavailable: 503,
} as const;

export type RefusalCode = keyof typeof REFUSAL_STATUS;

/** Why something was refused: what was wrong, where, and what is allowed. */
export interface Refused {
  readonly code: RefusalCode;
  readonly message: string;
}

/** A refusal as a value. */
export function refuse(code: RefusalCode, message: string): Refused {
  return { code, message };
}

/** Whether a check's result is a refusal. */
export function isRefused(value: object): value is Refused {
  return 'code' in value && 'message' in value;
}
