import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { EventLog } from '#eventlog';
import { ClientAddress, isSameSecret, RateLimit } from '#http';
import type { RefusalStore, Registry } from '#readmodel';
import type { Settings } from '#settings';
import { CollectController } from './collect/collect.controller.js';
import { DailySalts } from './collect/daily-salts.js';
import { SteadyClock } from './collect/steady-clock.js';
import { Places } from './collect/steps/locate.js';
import { IngestMetrics } from './metrics/ingest-metrics.js';
import { ScriptController } from './script/script.controller.js';

/** How often salts that are over are looked for. */
const SWEEP_INTERVAL_MS = 10 * 60_000;

/** What the ingest application is made of. */
export interface IngestParts {
  readonly log: EventLog;
  readonly registry: Registry;
  readonly refusals: RefusalStore;
  readonly settings: Settings;
  readonly now?: () => number;
}

/** The two doors of ingest, in front of any router. */
export class IngestDoors implements OnApplicationShutdown {
  readonly metrics = new IngestMetrics();
  private readonly collect: CollectController;
  private readonly script: ScriptController;
  private readonly places: Places;
  private readonly collectPath: string;
  private readonly sweeper: NodeJS.Timeout;

  constructor(parts: IngestParts) {
    const { settings, registry } = parts;
    this.places = new Places(settings.mmdbPath);
    this.collectPath = `/${settings.hitPath}`;
    this.script = new ScriptController(
      registry,
      settings.hitPath,
      settings.trackerPath,
      settings.publicUrl,
    );
    const salts = new DailySalts(registry, new SteadyClock());
    this.sweeper = setInterval(() => void salts.sweep(), SWEEP_INTERVAL_MS).unref();
    this.collect = new CollectController({
      log: parts.log,
      registry,
      refusals: parts.refusals,
      places: this.places,
      salts,
      rateLimit: new RateLimit(settings.rateLimit),
      metrics: this.metrics,
      clientAddress: new ClientAddress(settings.trustProxy),
      isAdminToken: (secret) => isSameSecret(secret, settings.adminToken),
      now: parts.now ?? Date.now,
      cookieKeyOf: this.script.cookieKeyOf,
    });
  }

  /** Answers the request when it is for one of the doors; false = it is for somebody else. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? '/';
    if (!url.startsWith(this.collectPath)) return false;
    const path = url.split('?', 1)[0] as string;
    const isPost = request.method === 'POST' || request.method === 'OPTIONS';
    if (path === this.collectPath && isPost) {
      void this.collect.handle(request, response);
      return true;
    }
    const isGet = request.method === 'GET' || request.method === 'HEAD';
    if (!isGet || !path.startsWith(`${this.collectPath}/`)) return false;
    return this.script.handle(path.slice(this.collectPath.length + 1), request, response);
  }

  onApplicationShutdown(): void {
    clearInterval(this.sweeper);
    this.places.close();
  }
}

@Module({})
export class IngestModule {
  /** The module over given parts; `IngestDoors` is what it provides. */
  static with(doors: IngestDoors): DynamicModule {
    return {
      module: IngestModule,
      providers: [{ provide: IngestDoors, useValue: doors }],
      exports: [IngestDoors],
    };
  }
}
