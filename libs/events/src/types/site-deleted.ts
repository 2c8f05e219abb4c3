import type { EventTypeDefinition } from '../event-type.js';

/** The site was deleted: whoever folds the log forgets it here. */
export const siteDeletedType: EventTypeDefinition = {
  type: 'site_deleted',
  number: 5,
  version: 1,
  upcasters: [],
};
