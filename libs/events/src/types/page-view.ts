import type { EventTypeDefinition } from '../event-type.js';

/** A page was shown: the URL, title and referrer of its context. */
export const pageViewType: EventTypeDefinition = {
  type: 'page_view',
  number: 1,
  version: 1,
  upcasters: [],
};
