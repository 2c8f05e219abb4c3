/** A setting of the environment: its name, what it is when nothing is set, and how it is read. */
interface Setting<T> {
  readonly variable: string;
  readonly fallback: string;
  readonly description: string;
  /** Returns the value, or throws an error that says what is allowed. */
  readonly parse: (text: string) => T;
}

const PORT_MAX = 65_535;
/** An administrator's token must be too long to guess. */
const ADMIN_TOKEN_MIN = 32;

function setting<T>(
  variable: string,
  fallback: string,
  description: string,
  parse: (text: string) => T,
): Setting<T> {
  return { variable, fallback, description, parse };
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new Error(`must be a whole number from ${least} to ${most}, not “${text}”`);
  };
}

const orNull = (text: string): string | null => (text === '' ? null : text);

const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Names of topics, groups and keyspaces that every tool accepts. */
function nameLike(pattern: RegExp, allowed: string): (text: string) => string {
  return (text) => {
    if (pattern.test(text)) return text;
    throw new Error(`must be ${allowed}, not “${text}”`);
  };
}

const kafkaName = nameLike(/^[A-Za-z0-9._-]{1,200}$/, '1 to 200 letters, digits, “.”, “_”, “-”');

function oneOf(...allowed: readonly string[]): (text: string) => string {
  return (text) => {
    if (allowed.includes(text)) return text;
    throw new Error(`must be one of ${allowed.join(', ')}, not “${text}”`);
  };
}

/** **The list of settings.** Help, README and every process read it. */
const SETTINGS = {
  port: setting(
    'HINDSIGHT_PORT',
    '8080',
    'port that the product listens on',
    wholeNumber(0, PORT_MAX),
  ),
  host: setting('HINDSIGHT_HOST', '127.0.0.1', 'address that the product listens on', String),
  dataDirectory: setting('HINDSIGHT_DATA', './data', 'directory of the embedded storage', String),
  adminToken: setting(
    'HINDSIGHT_ADMIN_TOKEN',
    '',
    'at least 32 characters: accepted as an administrator’s bearer token',
    (text) => {
      if (text === '' || text.length >= ADMIN_TOKEN_MIN) return orNull(text);
      throw new Error(`must have at least ${ADMIN_TOKEN_MIN} characters, not ${text.length}`);
    },
  ),
  trustProxy: setting(
    'HINDSIGHT_TRUST_PROXY',
    '',
    'comma-separated addresses or networks of proxies whose X-Forwarded-For is believed',
    list,
  ),
  hitPath: setting('HINDSIGHT_HIT_PATH', 'h', 'path of the tracker script and of hits', (text) => {
    const path = text.replace(/^\/|\/$/g, '');
    if (/^[A-Za-z0-9._~-]+$/.test(path) && path !== 'graphql') return path;
    throw new Error(`must be one path segment of letters, digits, “-”, “.”, “_”, not “${text}”`);
  }),
  rateLimit: setting(
    'HINDSIGHT_RATE_LIMIT',
    '6000',
    'hits per minute and address; 0 = no limit; loopback is exempt',
    wholeNumber(0, 1e9),
  ),
  queryRateLimit: setting(
    'HINDSIGHT_QUERY_RATE_LIMIT',
    '1200',
    'GraphQL requests per minute and address; 0 = no limit; loopback is exempt',
    wholeNumber(0, 1e9),
  ),
  mmdbPath: setting(
    'HINDSIGHT_MMDB',
    '',
    'path of a MaxMind DB (MMDB) file for countries, regions and cities',
    orNull,
  ),
  trackerPath: setting(
    'HINDSIGHT_TRACKER',
    '',
    'path of a JSON file with the settings of the tracker, by site id or * for every site',
    orNull,
  ),
  publicUrl: setting(
    'HINDSIGHT_PUBLIC_URL',
    '',
    'address under which visitors reach the product, if a proxy stands before it',
    (text) => {
      if (text === '' || URL.canParse(text)) return orNull(text.replace(/\/$/, ''));
      throw new Error(`must be a URL such as https://stats.example.com, not “${text}”`);
    },
  ),
  partitions: setting(
    'HINDSIGHT_LOG_PARTITIONS',
    '',
    'partitions of a new event log, 4 if embedded and 12 in Kafka; fixed when the log is created',
    (text) => (text === '' ? null : wholeNumber(1, 1024)(text)),
  ),
  kafkaBrokers: setting(
    'HINDSIGHT_KAFKA_BROKERS',
    '',
    'comma-separated host:port of Kafka brokers; set together with HINDSIGHT_CASSANDRA_CONTACT_POINTS',
    list,
  ),
  kafkaTopic: setting(
    'HINDSIGHT_KAFKA_TOPIC',
    'hindsight-events',
    'topic of the event log; created when it is not there',
    kafkaName,
  ),
  kafkaGroup: setting(
    'HINDSIGHT_KAFKA_GROUP',
    'hindsight-projector',
    'group in which projectors share the partitions',
    kafkaName,
  ),
  kafkaSessionMs: setting(
    'HINDSIGHT_KAFKA_SESSION_MS',
    '10000',
    'milliseconds of silence after which a projector’s partitions go to others',
    wholeNumber(6000, 300_000),
  ),
  spoolMegabytes: setting(
    'HINDSIGHT_SPOOL_MB',
    '1024',
    'megabytes of events that ingest keeps on local disk while Kafka is away; then it answers 503',
    wholeNumber(1, 1_000_000),
  ),
  cassandraContactPoints: setting(
    'HINDSIGHT_CASSANDRA_CONTACT_POINTS',
    '',
    'comma-separated host:port of some Cassandra nodes',
    list,
  ),
  cassandraDataCenter: setting(
    'HINDSIGHT_CASSANDRA_DATACENTER',
    'datacenter1',
    'name of the data centre that is used',
    String,
  ),
  cassandraKeyspace: setting(
    'HINDSIGHT_CASSANDRA_KEYSPACE',
    'hindsight',
    'keyspace of all tables; created when it is not there',
    nameLike(/^[a-z][a-z0-9_]{0,47}$/, 'at most 48 small letters, digits, “_”'),
  ),
  cassandraReplication: setting(
    'HINDSIGHT_CASSANDRA_REPLICATION',
    '3',
    'copies of every row in a keyspace that is created now; no more than there are nodes',
    wholeNumber(1, 9),
  ),
  cassandraConsistency: setting(
    'HINDSIGHT_CASSANDRA_CONSISTENCY',
    'LOCAL_QUORUM',
    'consistency of every read and write',
    oneOf('LOCAL_QUORUM', 'QUORUM', 'EACH_QUORUM', 'ALL', 'ONE', 'LOCAL_ONE'),
  ),
} as const satisfies Record<string, Setting<unknown>>;

type Table = typeof SETTINGS;

/** The settings of one process, read once. */
export type Settings = { readonly [K in keyof Table]: ReturnType<Table[K]['parse']> };

/** Everything that is wrong with the environment, in one message. */
export class SettingsError extends Error {
  readonly code = 'bad_settings';

  constructor(readonly faults: readonly string[]) {
    super(`the settings are not right:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/** Reads the environment into one frozen object, or throws a `SettingsError` with every fault. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { variable, fallback, parse }] of Object.entries(SETTINGS)) {
    try {
      values[name] = parse(environment[variable] ?? fallback);
    } catch (error) {
      faults.push(`${variable} ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const known = Object.values(SETTINGS).map(({ variable }) => variable);
  for (const variable of Object.keys(environment)) {
    if (!variable.startsWith('HINDSIGHT_') || known.includes(variable as never)) continue;
    faults.push(`${variable} is not a setting; did you mean ${nearest(variable, known)}?`);
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return Object.freeze(values) as unknown as Settings;
}

/** Name, default and meaning of every setting: for `--help` and the README. */
export function describeSettings(): readonly (readonly [string, string, string])[] {
  return Object.values(SETTINGS).map(
    ({ variable, fallback, description }) => [variable, fallback, description] as const,
  );
}

function nearest(name: string, known: readonly string[]): string {
  const ranked = known.map((each) => [distance(name, each), each] as const);
  return (ranked.sort(([a], [b]) => a - b)[0] as readonly [number, string])[1];
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
