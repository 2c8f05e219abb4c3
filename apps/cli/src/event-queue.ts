import type { Envelope } from '#events';

/** Puts the events of overlapping sessions in order: a binary heap by time. */
export class EventQueue {
  private readonly heap: Envelope[] = [];

  push(event: Envelope): void {
    const { heap } = this;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] as Envelope).receivedAt <= event.receivedAt) break;
      heap[at] = heap[parent] as Envelope;
      at = parent;
    }
    heap[at] = event;
  }

  /** Takes out everything up to an instant, in order. */
  *before(ms: number): Generator<Envelope> {
    while (this.heap.length > 0 && (this.heap[0] as Envelope).receivedAt <= ms) yield this.pop();
  }

  private pop(): Envelope {
    const { heap } = this;
    const first = heap[0] as Envelope;
    const last = heap.pop() as Envelope;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && right.receivedAt < (heap[child] as Envelope).receivedAt)
        child += 1;
      if ((heap[child] as Envelope).receivedAt >= last.receivedAt) break;
      heap[at] = heap[child] as Envelope;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
