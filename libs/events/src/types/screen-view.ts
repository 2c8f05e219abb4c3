import type { EventTypeDefinition } from '../event-type.js';

/** A screen of an app was shown. */
export const screenViewType: EventTypeDefinition = {
  type: 'screen_view',
  number: 2,
  version: 1,
  upcasters: [],
};
