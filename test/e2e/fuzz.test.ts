import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seeded } from '../oracle/traffic.js';
import { ADMIN_TOKEN, batchOf, RunningProduct } from './product.testing.js';

const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 2000);
const MS_PER_ROUND = 40;
const HIT_STATUSES = [202, 400, 401, 403, 404, 413, 415];
const SEED = 20261126;

let product: RunningProduct;
beforeAll(async () => {
  product = await RunningProduct.start();
  await product.createSite('shop', ['shop.example']);
});
afterAll(() => product.stop());

const random = seeded(SEED);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

/** Values that break careless code. */
const NASTY: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  -0,
  1e308,
  2 ** 53,
  1.5,
  '',
  'x',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  'ü😀'.repeat(40),
  'x'.repeat(3000),
  [],
  {},
  [[]],
  [null],
  { __proto__: { a: 1 } },
  { toString: 1 },
  { length: 1e9 },
  [1, 1],
  ['a', 'b'],
  'https://[',
  'https://a:b@shop.example/%zz?utm_source=%ff',
  'data:,x',
];

/** A good batch with some of its parts, at any depth, replaced, removed or added. */
function mutated(): unknown {
  const batch = structuredClone(batchOf()) as Record<string, unknown>;
  for (let turn = 0; turn < 1 + random() * 3; turn += 1) {
    const event = (batch['e'] as Record<string, unknown>[] | undefined)?.[0];
    const target = random() < 0.5 && typeof event === 'object' && event !== null ? event : batch;
    const key = pick([
      'v',
      's',
      'b',
      't',
      'c',
      'n',
      'm',
      'k',
      'x',
      'e',
      'i',
      'u',
      'r',
      'h',
      'g',
      'd',
      'y',
      'p',
      '$',
      'ua',
      'ip',
      '__proto__',
      'zz',
    ]);
    if (random() < 0.15) delete target[key];
    else target[key] = pick(NASTY);
  }
  return random() < 0.1 ? [batch, pick(NASTY), batchOf()] : batch;
}

/** A body: a mutated batch, text cut in the middle, brackets without end, bytes. */
function body(): string | Buffer {
  const text = JSON.stringify(mutated());
  const roll = random();
  if (roll < 0.7) return text;
  if (roll < 0.8) return text.slice(0, Math.floor(random() * text.length));
  if (roll < 0.85) return '['.repeat(60_000);
  if (roll < 0.9) return `{"a":${'{"a":'.repeat(9000)}`;
  return Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256)));
}

describe('whatever is sent', () => {
  it(
    `the door for hits answers ${ROUNDS} times with the contract’s codes and takes good hits after`,
    async () => {
      const counts = new Map<number, number>();
      for (let round = 0; round < ROUNDS; round += 1) {
        const headers = {
          'content-type': pick(['text/plain', 'text/plain', 'application/json', 'text/html', '']),
          ...(random() < 0.1 ? { 'content-encoding': pick(['gzip', 'identity', 'br', 'x']) } : {}),
          ...(random() < 0.1
            ? { authorization: pick([`Bearer ${ADMIN_TOKEN}`, 'Bearer', 'Basic x', 'Bearer hs_x']) }
            : {}),
        };
        const response = await product.hit(body(), headers);
        const text = await response.text();
        counts.set(response.status, (counts.get(response.status) ?? 0) + 1);
        expect({
          round,
          status: HIT_STATUSES.includes(response.status) ? 'known' : response.status,
          text,
        }).toMatchObject({ status: 'known' });
        if (response.status !== 202)
          expect(JSON.parse(text)).toMatchObject({
            error: { code: expect.any(String), message: expect.any(String) },
          });
      }
      expect(counts.size).toBeGreaterThan(3);
      expect((await product.hit(batchOf())).status).toBe(202);
    },
    60_000 + ROUNDS * MS_PER_ROUND,
  );

  it(
    `the door for questions answers ${ROUNDS} times, never with a stack and never by falling over`,
    async () => {
      const words = [
        '{',
        '}',
        '(',
        ')',
        '[',
        ']',
        ':',
        '"x"',
        '$a',
        '...',
        '@skip(if: true)',
        '1e9',
        'null',
        'query',
        'mutation',
        'subscription',
        'fragment F on Site',
        'site(id: "shop")',
        'report(range: { preset: TODAY })',
        'rows',
        'totals',
        'visitors',
        'realtime(minutes: 5)',
        'definitions',
        '__schema',
        'sites',
        'meta',
        'deleteSite(id: 1)',
      ];
      const codes = new Set<string>();
      for (let round = 0; round < ROUNDS; round += 1) {
        const query = Array.from({ length: Math.ceil(random() * 14) }, () => pick(words)).join(' ');
        const good =
          '{ site(id: "shop") { report(range: { preset: TODAY }) { totals { visitors } } } }';
        const payload = pick<unknown>([
          { query },
          { query },
          { query: good, variables: pick(NASTY) },
          { query: pick(NASTY) },
          pick(NASTY),
          [{ query: good }],
          { query: `{ site(id: ${JSON.stringify(pick(NASTY))}) { id } }` },
        ]);
        const response = await fetch(`${product.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
          body: random() < 0.05 ? query : JSON.stringify(payload),
        });
        const text = await response.text();
        expect({
          round,
          status: response.status,
          isFault: response.status >= 500,
          payload,
        }).toMatchObject({ isFault: false });
        expect(text).not.toMatch(/node_modules|\.js:\d+/);
        for (const { extensions } of (
          JSON.parse(text) as { errors?: { extensions: { code: string } }[] }
        ).errors ?? [])
          codes.add(extensions.code);
      }
      expect(
        [...codes].filter(
          (code) =>
            !['BAD_INPUT', 'FORBIDDEN', 'NOT_FOUND', 'TOO_COMPLEX', 'UNAVAILABLE'].includes(code),
        ),
      ).toEqual([]);
      const { data } = await product.ask('{ sites { id } }');
      expect(data).toEqual({ sites: [{ id: 'shop' }] });
    },
    60_000 + ROUNDS * MS_PER_ROUND,
  );
});
