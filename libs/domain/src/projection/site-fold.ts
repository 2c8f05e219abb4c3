/** What one site needs while its events are folded. */
import { type Calendar, createCalendar } from '../calendar.js';
import { type Classifier, createClassifier } from '../classify/classify.js';
import type { TrafficClass } from '../classify/conclusions.js';
import type { Definitions } from '../definitions.js';
import type { VisitorGroup } from '../session/visitor-group.js';
import type { Texts } from '../texts.js';
import { LiveRows } from './live-rows.js';
import type { RowPool } from './row-pool.js';
import { settle } from './settle.js';
import type { RowSource } from './source.js';
import type { SessionRules, Target } from './target.js';

const MINUTE_MS = 60_000;

/** The part of a site that one class of its traffic makes. */
export interface ClassFold {
  readonly target: Target;
  readonly visitors: VisitorGroup;
}

/** A site whose events are folded. */
export interface SiteFold {
  readonly definitions: Definitions;
  readonly calendar: Calendar;
  readonly classify: Classifier;
  readonly classes: Readonly<Record<TrafficClass, ClassFold>>;
  activity: { firstEventAt: number; lastEventAt: number } | null;
}

/** What the folds of all sites share. */
export interface Shared {
  readonly texts: Texts;
  readonly source: RowSource;
  readonly pool: RowPool;
  group(trafficClass: TrafficClass): VisitorGroup;
}

/** A site with nothing of it in memory yet. */
export function openSite(siteId: string, definitions: Definitions, shared: Shared): SiteFold {
  const { texts, source, pool } = shared;
  const calendar = createCalendar(definitions.timeZone);
  const rules: SessionRules = {
    calendar,
    timeoutMs: definitions.sessionTimeoutMinutes * MINUTE_MS,
    engagementThresholdMs: definitions.engagementThresholdSeconds * 1000,
  };
  const classFold = (trafficClass: TrafficClass): ClassFold => {
    const rows = new LiveRows({ siteId, trafficClass, calendar }, source, pool, texts);
    return {
      target: { rows, texts, visitorKey: 0, realtimeFrom: 0, rules },
      visitors: shared.group(trafficClass),
    };
  };
  return {
    definitions,
    calendar,
    classify: createClassifier(definitions, texts),
    classes: {
      human: classFold('human'),
      bot: classFold('bot'),
      internal: classFold('internal'),
    },
    activity: null,
  };
}

/** Notes when something happened on a site. */
export function noteActivity(site: SiteFold, occurredAt: number): void {
  const { activity } = site;
  if (activity === null) site.activity = { firstEventAt: occurredAt, lastEventAt: occurredAt };
  else if (occurredAt < activity.firstEventAt) activity.firstEventAt = occurredAt;
  else if (occurredAt > activity.lastEventAt) activity.lastEventAt = occurredAt;
}

/** Brings the rows up to all sessions. */
export function settleAll(site: SiteFold): void {
  for (const { target } of Object.values(site.classes)) {
    const { rows } = target;
    for (const session of rows.unsettled) settle(rows, session, target.rules);
    rows.unsettled = [];
  }
}
