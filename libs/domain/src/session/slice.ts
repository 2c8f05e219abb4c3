import { CountTable } from '../count-table.js';

/** What the events of one session did in one local day, and how much of that the rows hold. */
export class Slice {
  views = 0;
  events = 0;
  keyEvents = 0;
  engagedMs = 0;
  revenue = 0;
  heldViews = 0;
  heldEvents = 0;
  heldKeyEvents = 0;
  heldEngagedMs = 0;
  heldRevenue = 0;
  /** Samples by cell; the rows hold them at once. `null` = none, as in most. */
  cells: CountTable | null = null;

  constructor(readonly day: number) {}

  /** The rows hold everything from now on. */
  hold(): void {
    this.heldViews = this.views;
    this.heldEvents = this.events;
    this.heldKeyEvents = this.keyEvents;
    this.heldEngagedMs = this.engagedMs;
    this.heldRevenue = this.revenue;
  }

  /** The rows hold nothing from now on. */
  release(): void {
    this.heldViews = 0;
    this.heldEvents = 0;
    this.heldKeyEvents = 0;
    this.heldEngagedMs = 0;
    this.heldRevenue = 0;
  }
}

/** The slice of a day, made when there is none yet. */
export function sliceOf(slices: Slice[], day: number): Slice {
  for (const slice of slices) if (slice.day === day) return slice;
  const slice = new Slice(day);
  slices.push(slice);
  return slice;
}

/** Adds the slices of another session, of which the rows hold nothing. */
export function mergeSlices(into: Slice[], others: readonly Slice[]): void {
  for (const other of others) {
    const slice = sliceOf(into, other.day);
    slice.views += other.views;
    slice.events += other.events;
    slice.keyEvents += other.keyEvents;
    slice.engagedMs += other.engagedMs;
    slice.revenue += other.revenue;
    other.cells?.visitAll((cell, count) => addCell(slice, cell, count));
  }
}

/** Counts samples in what has cells, which it gets with the first one. */
export function addCell(of: { cells: CountTable | null }, cell: number, count: number): void {
  of.cells ??= new CountTable();
  of.cells.add(cell, count);
}
