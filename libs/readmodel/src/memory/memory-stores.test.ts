import { describeRefusalStore } from '../refusal-store.contract.js';
import { describeRegistry } from '../registry.contract.js';
import { describeReportStore } from '../report-store.contract.js';
import { MemoryRefusalStore } from './memory-refusal-store.js';
import { MemoryRegistry } from './memory-registry.js';
import { MemoryReportStore } from './memory-report-store.js';

describeReportStore('MemoryReportStore', async () => new MemoryReportStore(), { reopen: null });
describeRegistry('MemoryRegistry', async () => new MemoryRegistry(), { another: null });
describeRefusalStore('MemoryRefusalStore', async () => new MemoryRefusalStore());
