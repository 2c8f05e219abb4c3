import { describeNavigation } from './navigation.contract.js';
import { Visit } from './visit.testing.js';

describeNavigation(Visit.forEach());
