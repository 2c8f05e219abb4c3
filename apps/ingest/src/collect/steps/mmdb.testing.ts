/** The smallest MaxMind DB that says something: one IPv4 network with one record. */
const TYPE = { text: 2, uint16: 5, uint32: 6, map: 7, uint64: 9, array: 11 } as const;
const RECORD_BITS = 24;
const SEPARATOR_BYTES = 16;

export type Value = string | number | { readonly uint64: number } | readonly Value[] | Fields;
interface Fields {
  readonly [key: string]: Value;
}

function control(type: number, size: number): Buffer {
  return type <= 7 ? Buffer.from([(type << 5) | size]) : Buffer.from([size, type - 7]);
}

function bigEndian(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from(bytes);
}

function encode(value: Value): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([control(TYPE.text, text.length), text]);
  }
  if (typeof value === 'number') {
    const bytes = bigEndian(value);
    return Buffer.concat([control(TYPE.uint32, bytes.length), bytes]);
  }
  if (Array.isArray(value)) {
    return Buffer.concat([control(TYPE.array, value.length), ...value.map(encode)]);
  }
  if ('uint64' in value) {
    const bytes = bigEndian(value.uint64 as number);
    return Buffer.concat([control(TYPE.uint64, bytes.length), bytes]);
  }
  const entries = Object.entries(value as Fields);
  const parts = entries.flatMap(([key, each]) => [encode(key), encode(each)]);
  return Buffer.concat([control(TYPE.map, entries.length), ...parts]);
}

/** Bytes of a database in which `network`/`bits` has `record`. */
export function mmdbOf(network: string, bits: number, record: Value, builtAt: number): Buffer {
  const address = network.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const tree = Buffer.alloc((bits * 2 * RECORD_BITS) / 8);
  for (let depth = 0; depth < bits; depth += 1) {
    const side = Math.floor(address / 2 ** (31 - depth)) % 2;
    const next = depth === bits - 1 ? bits + SEPARATOR_BYTES : depth + 1;
    tree.writeUIntBE(side === 0 ? next : bits, depth * 6, 3);
    tree.writeUIntBE(side === 1 ? next : bits, depth * 6 + 3, 3);
  }
  const metadata = encode({
    node_count: bits,
    record_size: RECORD_BITS,
    ip_version: 4,
    database_type: 'Test-City',
    languages: ['en'],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: { uint64: builtAt },
    description: { en: 'test' },
  });
  return Buffer.concat([
    tree,
    Buffer.alloc(SEPARATOR_BYTES),
    encode(record),
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    metadata,
  ]);
}
