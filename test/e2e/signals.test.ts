import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { batchOf, RunningProduct } from './product.testing.js';

let product: RunningProduct;
beforeAll(async () => {
  product = await RunningProduct.start();
  await product.createSite('shop', ['shop.example']);
});
afterAll(() => product.stop());

type Json = Record<string, unknown>;
interface Answer {
  readonly totals: Json;
  readonly rows: { dimensions: { value: string }[]; metrics: Json }[];
  readonly meta: Json & { warnings: { metric: string; message: string }[] };
}

async function report(dimensions: string, metrics: string): Promise<Answer> {
  const fields = `totals { ${metrics} } rows { dimensions { value } metrics { ${metrics} } } meta { exact errorRate warnings { metric message } }`;
  const query = `{ site(id: "shop") { report(range: { preset: LAST_7_DAYS }, dimensions: [${dimensions}]) { ${fields} } } }`;
  return (await product.data<{ site: { report: Answer } }>(query)).site.report;
}

describe('web vitals, scroll depth and rarer events', () => {
  it('come in as hits and out as reports', async () => {
    const events: Json[] = [
      { n: 'page_view' },
      { n: 'LCP', p: { value: 2500 } },
      { n: 'LCP', p: { value: 4100.5, metric_rating: 'poor' } },
      { n: 'CLS', p: { value: 0, metric_value: 0.12 } },
      { n: 'user_engagement', d: 3000, y: 60 },
      { n: 'user_engagement', d: 3000, y: 80 },
      { n: 'click', p: { outbound: true, link_url: 'https://else.example/x', link_text: 'Go' } },
      { n: 'file_download', p: { file_name: '/a.pdf', file_extension: 'pdf' } },
      { n: 'form_submit', p: { form_id: 'contact' } },
      { n: '404', p: { path: '/gone' } },
      { n: 'exception', p: { description: 'TypeError: no', fatal: false } },
    ];
    const now = Date.now();
    const e = events.map((event, index) => ({
      i: `signal-${index}`,
      t: now,
      u: 'https://shop.example/a',
      ...event,
    }));
    const batch = batchOf({ t: now, e });
    expect((await product.hit(batch)).status).toBe(202);
    // The same batch again, as a tracker does that got no answer.
    expect((await product.hit(batch)).status).toBe(202);
    await product.settled();

    const rated =
      'lcpP75 lcpGood lcpNeedsImprovement lcpPoor lcpSamples clsNeedsImprovement inpP75';
    const numbers = {
      lcpGood: 0.5,
      lcpNeedsImprovement: 0,
      lcpPoor: 0.5,
      lcpSamples: 2,
      clsNeedsImprovement: 1,
      inpP75: null,
    };
    for (const dimension of ['', 'PAGE', 'DEVICE']) {
      const answer = await report(dimension, rated);
      expect(answer.totals).toMatchObject(numbers);
      expect(Math.abs((answer.totals['lcpP75'] as number) / 4.1005 - 1)).toBeLessThan(0.025);
      expect(answer.meta).toMatchObject({ exact: false, errorRate: 0.025, warnings: [] });
      if (dimension === '') continue;
      expect(answer.rows.length).toBe(1);
      expect(answer.rows[0]?.metrics).toEqual(answer.totals);
    }
    const depth = await report('PAGE', 'scrollDepth');
    expect(depth.rows[0]?.metrics).toEqual({ scrollDepth: 80 });
    expect(depth.meta).toMatchObject({ exact: true });
    for (const [dimension, value] of [
      ['OUTBOUND_LINK', 'https://else.example/x'],
      ['FILE_DOWNLOAD', '/a.pdf'],
      ['FORM_SUBMIT', 'contact'],
      ['NOT_FOUND_PAGE', '/gone'],
      ['ERROR', 'TypeError: no'],
    ] as const) {
      const { rows } = await report(dimension, 'visitors sessions events');
      expect(rows).toEqual([
        { dimensions: [{ value }], metrics: { visitors: 1, sessions: 1, events: 1 } },
      ]);
    }
  });

  it('are null, with the reason, where they are not defined', async () => {
    const { rows, meta } = await report('COUNTRY', 'lcpP75 scrollDepth views');
    expect(rows[0]?.metrics).toMatchObject({ lcpP75: null, scrollDepth: null });
    const said = new Map(meta.warnings.map(({ metric, message }) => [metric, message]));
    expect(said.get('lcpP75')).toMatch(/LCP_P75 .*PAGE, DEVICE.* not defined by COUNTRY/);
    expect(said.get('scrollDepth')).toMatch(/SCROLL_DEPTH .*PAGE.* not defined by COUNTRY/);
  });

  it('keep to the limits of the wire', async () => {
    const long = { n: 'click', p: { outbound: true, link_url: 'x'.repeat(501) } };
    expect((await product.hit(batchOf({}, long))).status).toBe(400);
    expect((await product.hit(batchOf({}, { n: 'scroll', y: 101 }))).status).toBe(400);
    expect((await product.hit(batchOf({}, { n: 'scroll', y: 1.5 }))).status).toBe(400);
  });
});
