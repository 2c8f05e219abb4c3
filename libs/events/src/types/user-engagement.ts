import type { EventTypeDefinition } from '../event-type.js';

/** Somebody looked: `engagedMs` since the last such event, and the deepest scroll. */
export const userEngagementType: EventTypeDefinition = {
  type: 'user_engagement',
  number: 3,
  version: 1,
  upcasters: [],
};
