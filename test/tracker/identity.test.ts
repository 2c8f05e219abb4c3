import { describeIdentity } from './identity.contract.js';
import { Visit } from './visit.testing.js';

describeIdentity(Visit.forEach());
