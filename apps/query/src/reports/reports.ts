import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { EventLog } from '#eventlog';
import { type Checkpoint, type Registry, type ReportStore, type Site, siteKeyOf } from '#readmodel';
import { QueryError } from '../query-error.js';
import { sizeOf } from './answer-page.js';
import { answerQuestion } from './answer-question.js';
import { freshnessOf, watermarkOf } from './freshness.js';
import { PackedBuckets } from './packed-buckets.js';
import type { ReportAnswer, ReportQuestion, Selection } from './question.js';
import { sceneOf } from './report-scene.js';
import { Turns } from './turns.js';

/** Bytes of answers kept; what they were computed from has changed long before this is full. */
const CACHE_BYTES_MAX = 32 * 1024 * 1024;
const MINUTE_MS = 60_000;

/** What reports are read from. */
export interface ReportParts {
  readonly store: ReportStore;
  readonly registry: Registry;
  readonly log: EventLog;
  readonly now: () => number;
  /** Where packed buckets are kept; its own unless somebody else fills it as well. */
  readonly packed?: PackedBuckets;
}

/** A question with everything that its answer depends on. */
interface Asked {
  readonly site: Site;
  readonly generation: string;
  /** Names the state of the site's rows. */
  readonly mark: string;
  readonly question: ReportQuestion;
  readonly selection: Selection;
}

/** Answers questions about sites; the same one again from memory while no new event has arrived. */
export class Reports {
  private readonly answers = new LRUCache<string, Promise<ReportAnswer>>({
    maxSize: CACHE_BYTES_MAX,
  });
  private readonly packed: PackedBuckets;
  private readonly turns = new Turns();

  constructor(private readonly parts: ReportParts) {
    this.packed = parts.packed ?? new PackedBuckets(parts.store);
  }

  /** Answers one question about one site. */
  async report(site: Site, question: ReportQuestion, selection: Selection): Promise<ReportAnswer> {
    const generation = this.generationOf(site, question);
    const checkpoints = await this.parts.store.checkpoints(generation);
    const mark = watermarkOf(site, this.parts.log.partitions, checkpoints);
    const answer = await this.answerOf({ site, generation, mark, question, selection });
    return { ...answer, meta: { ...answer.meta, asOf: await this.asOf(site, checkpoints) } };
  }

  private asOf(site: Site, checkpoints: ReadonlyMap<number, Checkpoint>): Promise<string | null> {
    return freshnessOf(site, this.parts.log, checkpoints, this.parts.now());
  }

  private async answerOf(asked: Asked): Promise<ReportAnswer> {
    const key = keyOf(asked, this.parts.now());
    const known = this.answers.get(key);
    const answer = known ?? this.answer(asked);
    if (known === undefined) this.answers.set(key, answer, { size: sizeOf(asked.question) });
    try {
      return await answer;
    } catch (error) {
      this.answers.delete(key);
      throw error;
    }
  }

  private async answer(asked: Asked): Promise<ReportAnswer> {
    const { site, generation, mark, question, selection } = asked;
    const { packed } = this;
    await this.turns.take();
    const context = { packed, generation, siteId: siteKeyOf(site), mark, tables: new Map() };
    const scene = await sceneOf(this.parts, site, generation, question);
    return answerQuestion(scene, context, question, selection);
  }

  private generationOf(site: Site, question: ReportQuestion): string {
    const view = this.parts.registry.view();
    const live = view.liveGeneration(site.id).id;
    const asked = question.generation ?? live;
    if (!view.generations.has(asked)) {
      throw new QueryError('NOT_FOUND', `there is no generation “${asked}”`);
    }
    return asked;
  }
}

/** Name of an answer: equal questions about equal rows within one minute of the clock. */
function keyOf({ site, generation, mark, question, selection }: Asked, now: number): string {
  const { totals, previous, rows, rowsPrevious, needsRows } = selection;
  const asked = [question, [...totals], [...previous], [...rows], [...rowsPrevious], needsRows];
  const minute = Math.floor(now / MINUTE_MS);
  return createHash('sha256')
    .update(`${siteKeyOf(site)}\n${generation}\n${mark}\n${minute}\n${JSON.stringify(asked)}`)
    .digest('base64');
}
