/** What a session as a whole adds to the rows of its values, in the bucket of its start. */
export interface Standing {
  readonly startDay: number;
  readonly startHour: number;
  /** 0 or 1, like the four after `durationMs`. */
  readonly engaged: number;
  readonly durationMs: number;
  readonly isNew: number;
  readonly hasKeyEvent: number;
  readonly hasView: number;
  /** Value of each session dimension, in the order of `SESSION_DIMENSIONS`. */
  readonly values: readonly string[];
}
