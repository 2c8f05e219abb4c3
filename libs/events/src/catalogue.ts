import type { EventType } from './envelope.js';
import type { EventTypeDefinition } from './event-type.js';
import { customEventType } from './types/custom-event.js';
import { pageViewType } from './types/page-view.js';
import { screenViewType } from './types/screen-view.js';
import { siteDeletedType } from './types/site-deleted.js';
import { userEngagementType } from './types/user-engagement.js';

/** **The list of event types.** */
export const EVENT_TYPES: readonly EventTypeDefinition[] = [
  pageViewType,
  screenViewType,
  userEngagementType,
  customEventType,
  siteDeletedType,
];

const BY_NUMBER = new Map(EVENT_TYPES.map((each) => [each.number, each]));
const BY_TYPE = new Map(EVENT_TYPES.map((each) => [each.type, each]));
const NAMED = new Set<string>(['page_view', 'screen_view', 'user_engagement']);

/** The type of an event with a name that a tracker sent: three names mean something, the rest is custom. */
export function typeOfName(name: string): EventType {
  return NAMED.has(name) ? (name as EventType) : 'custom_event';
}

/** Definition by the number on disk; `undefined` for a type that this version does not know. */
export function typeByNumber(number: number): EventTypeDefinition | undefined {
  return BY_NUMBER.get(number);
}

/** Definition of a type. */
export function definitionOf(type: EventType): EventTypeDefinition {
  return BY_TYPE.get(type) as EventTypeDefinition;
}
