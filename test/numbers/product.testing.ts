import type { IncomingMessage } from 'node:http';
import { canonicalRow, METRICS, REPORTS, RowSum, TRAFFIC_CLASSES } from '#domain';
import { MemoryEventLog } from '#eventlog';
import {
  FIRST_GENERATION,
  MemoryRegistry,
  MemoryReportStore,
  type Registry,
  type ReportStore,
} from '#readmodel';
import { DailySalts } from '../../apps/ingest/src/collect/daily-salts.js';
import type { Hit } from '../../apps/ingest/src/collect/hit.js';
import { SteadyClock } from '../../apps/ingest/src/collect/steady-clock.js';
import { append } from '../../apps/ingest/src/collect/steps/append.js';
import { correctTime } from '../../apps/ingest/src/collect/steps/correct-time.js';
import { identify } from '../../apps/ingest/src/collect/steps/identify.js';
import { resolveSite } from '../../apps/ingest/src/collect/steps/resolve-site.js';
import { validate } from '../../apps/ingest/src/collect/steps/validate.js';
import { PartitionRunner } from '../../apps/projector/src/run/partition-runner.js';
import type { Selection } from '../../apps/query/src/reports/question.js';
import { Reports } from '../../apps/query/src/reports/reports.js';
import type { Arrival, OracleSite } from '../oracle/wire.js';

const ALL = new Set(METRICS.map(({ name }) => name));
/** Everything of an answer. */
export const EVERYTHING: Selection = {
  totals: ALL,
  previous: ALL,
  rows: ALL,
  rowsPrevious: ALL,
  needsRows: true,
};

/** The product's own parts on memory adapters, without a server. */
export class Product {
  readonly log = new MemoryEventLog(4);
  readonly store = new MemoryReportStore();
  readonly registry = new MemoryRegistry();
  now = 0;
  readonly reports = new Reports({
    store: this.store,
    registry: this.registry,
    log: this.log,
    now: () => this.now,
  });
  private runners: PartitionRunner[] = [];

  /** A product with one site. */
  static async with(site: OracleSite): Promise<Product> {
    const product = new Product();
    const { id, timeZone, currency, domains } = site;
    await product.registry.createSite({ id, name: id, domains: [...domains], timeZone, currency });
    const definitions = product.registry.view().definitions(id, FIRST_GENERATION);
    Object.assign(definitions as object, { keyEvents: site.keyEvents });
    return product;
  }

  /** Takes arrivals through the steps of ingest into the log. */
  async arrive(
    arrivals: readonly Arrival[],
    registry: Pick<Registry, 'view'> = this.registry,
  ): Promise<void> {
    const salts = new DailySalts(this.registry, new SteadyClock());
    for (const { receivedAt, userAgent, batch } of arrivals) {
      const hit: Hit = {
        request: {} as IncomingMessage,
        receivedAt,
        address: '192.0.2.1',
        userAgent,
        token: null,
        body: batch,
        batches: [],
        refused: [],
        records: [],
      };
      validate(hit);
      resolveSite(hit, registry as Registry);
      correctTime(hit);
      await identify(hit, salts);
      await append(hit, this.log);
      if (hit.refused.length > 0) throw new Error(JSON.stringify(hit.refused));
    }
  }

  /** Starts the projector's partitions, as a process does. */
  async startProjector(): Promise<void> {
    const { log, store, registry } = this;
    this.runners = [];
    for (let partition = 0; partition < log.partitions; partition += 1) {
      const parts = {
        log,
        store,
        registry,
        generation: FIRST_GENERATION,
        partition,
        now: () => this.now,
      };
      this.runners.push(await PartitionRunner.start(parts));
    }
  }

  /** Folds what is there and forgets it: what a process that dies before its flush leaves behind. */
  async foldWithoutFlush(): Promise<void> {
    for (const runner of this.runners) await runner.step();
  }

  /** Hands the runners over: they go on as if nobody had taken their place. */
  takeRunners(): PartitionRunner[] {
    return this.runners;
  }

  /** Folds all there is and flushes. */
  async fold(): Promise<void> {
    for (const runner of this.runners) {
      while ((await runner.step()) === 0);
      await runner.flush();
    }
  }
}

/** Every kept row of the store as text, by key; rows that hold nothing are left out when asked. */
export async function allRows(
  product: { readonly store: ReportStore },
  withEmpty = true,
  siteId = 'site',
): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  for (const report of REPORTS) {
    for (const kind of report.buckets.filter((each) => each !== 'minute')) {
      for (const trafficClass of TRAFFIC_CLASSES) {
        const query = {
          siteId,
          report: report.name,
          kind,
          trafficClass,
          from: -1e12,
          to: 1e12,
        };
        await product.store.scan(
          { ...query, generation: FIRST_GENERATION },
          (bucket, value, row) => {
            const sum = new RowSum(report.precision, true);
            sum.add(row);
            if (!withEmpty && sum.isEmpty) return;
            const key = `${report.name} ${kind} ${trafficClass} ${bucket} ${value}`;
            rows.set(key, Buffer.from(canonicalRow(row, report)).toString('hex'));
          },
        );
      }
    }
  }
  return rows;
}
