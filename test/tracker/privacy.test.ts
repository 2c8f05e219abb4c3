import { describePrivacy } from './privacy.contract.js';
import { Visit } from './visit.testing.js';

describePrivacy(Visit.forEach());
