import { readFileSync } from 'node:fs';

/** Where the build puts the tracker. */
const DIRECTORY = new URL('../../../../tracker/', import.meta.url);
/** What stands in a built script for the settings. */
const MARKER = '$$';

/** What `scripts/build-tracker.mjs` says about what it made. */
interface Manifest {
  /** Short names of settings and of what the files share. */
  readonly names: Readonly<Record<string, string>>;
  readonly extensions: readonly string[];
  readonly preludes: readonly string[];
  /** Of all extensions together. */
  readonly hash: string;
}

/** The built files, read once. */
export class BuiltTracker {
  readonly manifest: Manifest;
  private readonly texts = new Map<string, string>();

  constructor(private readonly directory = DIRECTORY) {
    this.manifest = JSON.parse(this.read('manifest.json')) as Manifest;
  }

  extension(name: string): string | null {
    return this.manifest.extensions.includes(name) ? this.read(`extensions/${name}.js`) : null;
  }

  /** A script with settings, a JavaScript expression, written into it. */
  script(file: string, settings: string): string {
    return this.read(file).replace(MARKER, () => settings);
  }

  private read(file: string): string {
    const known = this.texts.get(file);
    if (known !== undefined) return known;
    const text = readFileSync(new URL(file, this.directory), 'utf8');
    this.texts.set(file, text);
    return text;
  }
}
