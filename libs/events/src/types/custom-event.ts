import type { EventTypeDefinition } from '../event-type.js';

/** Anything else that a site or app names itself. */
export const customEventType: EventTypeDefinition = {
  type: 'custom_event',
  number: 4,
  version: 1,
  upcasters: [],
};
