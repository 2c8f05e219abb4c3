import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { committed, fileFailureOf, openEnvironment } from '#lmdb';
import { MemoryRegistry } from '../memory/memory-registry.js';
import { RegistryError } from '../registry.js';
import { emptyContents, PARTS, type RegistryContents } from '../registry-contents.js';

/** How often a process looks for what others changed. */
const POLL_MS = 200;

/** What is stored: everything, as JSON, under a version that every change raises. */
interface Stored {
  readonly version: number;
  readonly parts: Readonly<Record<string, readonly (readonly [string, unknown])[]>>;
}

/** The registry in LMDB: small enough to be written whole and to be held in memory everywhere. */
export class EmbeddedRegistry extends MemoryRegistry {
  private version = 0;
  private readonly poll: NodeJS.Timeout;

  private constructor(
    private readonly root: RootDatabase,
    private readonly db: Database<Stored, string>,
    clock: () => number,
  ) {
    super(clock, emptyContents(clock()));
    this.poll = setInterval(() => this.readNewer(), POLL_MS);
    this.poll.unref();
  }

  static async open(options: {
    directory: string;
    readOnly?: boolean;
    now?: () => number;
  }): Promise<EmbeddedRegistry> {
    const { directory, readOnly = false, now = Date.now } = options;
    const [root, db] = openFiles(join(directory, 'registry'), readOnly);
    const registry = new EmbeddedRegistry(root, db, now);
    registry.readNewer();
    if (registry.version === 0 && !readOnly) await registry.save();
    return registry;
  }

  override async refresh(): Promise<void> {
    this.readNewer();
  }

  protected override async save(): Promise<boolean> {
    const parts = Object.fromEntries(PARTS.map((part) => [part, [...this.contents[part]]]));
    const stored = { version: this.version + 1, parts };
    try {
      await committed(this.db.put('all', stored));
      this.version = stored.version;
      return true;
    } catch (error) {
      this.version = 0;
      this.readNewer();
      throw toRegistryError(error);
    }
  }

  override async close(): Promise<void> {
    clearInterval(this.poll);
    await super.close();
    await this.root.close();
  }

  private readNewer(): void {
    this.root.resetReadTxn();
    const stored = this.db.get('all');
    if (stored === undefined || stored.version === this.version) return;
    const contents = Object.fromEntries(
      PARTS.map((part) => [part, new Map(stored.parts[part] ?? [])]),
    );
    this.version = stored.version;
    this.replace(contents as unknown as RegistryContents);
  }
}

function openFiles(
  path: string,
  readOnly: boolean,
): [root: RootDatabase, db: Database<Stored, string>] {
  try {
    const root = openEnvironment({ path, overlappingSync: false, maxDbs: 2, readOnly });
    return [root, root.openDB<Stored, string>('registry', { encoding: 'json' })];
  } catch (error) {
    throw toRegistryError(error);
  }
}

function toRegistryError(error: unknown): RegistryError {
  const { code, message, retriable } = fileFailureOf(error, 'the registry');
  return new RegistryError(code, message, retriable, { cause: error });
}
