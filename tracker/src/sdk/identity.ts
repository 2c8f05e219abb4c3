import { type Identity, randomId, type Sender, type Storage } from './adapters.js';

/** Seconds without an event that end a session. */
const IDLE_SECONDS = 1800;
const KEY = 'hindsight-visitor';

interface Visitor {
  id: string;
  createdAt: number;
  startedAt: number;
  seenAt: number;
  sessions: number;
}

/** One visitor per installation, kept in a storage. */
export class StoredIdentity implements Identity {
  private visitor: Visitor | null = null;

  constructor(private readonly storage: Storage) {}

  async load(): Promise<void> {
    try {
      this.visitor = parse(await this.storage.get(KEY));
    } catch {
      // A storage that cannot be read: a visitor for as long as the process lives.
    }
  }

  touch(nowMs: number): Sender {
    const now = Math.floor(nowMs / 1000);
    const visitor = this.visitor ?? {
      id: randomId(),
      createdAt: now,
      startedAt: now,
      seenAt: Number.NEGATIVE_INFINITY,
      sessions: 0,
    };
    if (!(now - visitor.seenAt < IDLE_SECONDS)) {
      visitor.startedAt = now;
      visitor.sessions += 1;
    }
    visitor.seenAt = now;
    this.visitor = visitor;
    attempt(() => this.storage.set(KEY, JSON.stringify(visitor)));
    return { c: visitor.id, n: [visitor.startedAt, visitor.sessions] };
  }

  forget(): void {
    this.visitor = null;
    attempt(() => this.storage.remove(KEY));
  }
}

/** Nobody: each event says whose it is, or the server tells visitors apart by address and agent. */
export const noIdentity: Identity = {
  load: () => Promise.resolve(),
  touch: () => ({}),
  forget: () => {},
};

function parse(text: string | null | undefined): Visitor | null {
  const visitor = JSON.parse(text ?? 'null') as Partial<Visitor> | null;
  const numbers = [visitor?.createdAt, visitor?.startedAt, visitor?.seenAt, visitor?.sessions];
  const isWhole = /^[\w-]{1,64}$/.test(visitor?.id ?? '') && numbers.every(Number.isFinite);
  return isWhole ? (visitor as Visitor) : null;
}

/** A storage that fails must not stop what is tracked. */
export function attempt(act: () => unknown): void {
  try {
    Promise.resolve(act()).catch(() => {});
  } catch {
    // As good as none.
  }
}
