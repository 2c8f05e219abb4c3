import { describe } from '@jest/globals';
import { describeDelivery } from './delivery.contract.js';
import { describeIdentity } from './identity.contract.js';
import { describeNavigation } from './navigation.contract.js';
import { describePrivacy } from './privacy.contract.js';
import { Visit } from './visit.testing.js';

describe('in Firefox', () => {
  const visit = Visit.forEach({}, 'firefox');
  describeIdentity(visit);
  describeNavigation(visit);
  describeDelivery(visit);
  describePrivacy(visit);
});
