import type { Session } from './session.js';

/** The visitors of one site and class that are in memory. */
export class VisitorGroup {
  young = new Map<string, VisitorSessions>();
  old = new Map<string, VisitorSessions>();

  /** @param prefix of the state keys of its visitors */
  constructor(readonly prefix: string) {}

  resident(visitorId: string): VisitorSessions | undefined {
    return this.young.get(visitorId) ?? this.old.get(visitorId);
  }

  forget(visitorId: string): void {
    this.young.delete(visitorId);
    this.old.delete(visitorId);
  }
}

/** One visitor's sessions of one class, in order of start. */
export interface VisitorSessions {
  readonly group: VisitorGroup;
  readonly visitorId: string;
  readonly hashHigh: number;
  readonly hashLow: number;
  sessions: Session[];
  isDirty: boolean;
  /** Whether the state has bytes of it. */
  isStored: boolean;
  /** Log hour under which the visitor was last listed for the sweep. */
  listedHour: number;
}
