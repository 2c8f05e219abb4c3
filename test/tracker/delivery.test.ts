import { describeDelivery } from './delivery.contract.js';
import { Visit } from './visit.testing.js';

describeDelivery(Visit.forEach());
