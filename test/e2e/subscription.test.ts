import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { ADMIN_TOKEN, batchOf, RunningProduct } from './product.testing.js';

const LIVE = 'subscription { realtime(siteId: "shop", minutes: 5) { views pages { value } } }';
let product: RunningProduct;

function clientWith(token: string): Client {
  class Authorised extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers: { authorization: `Bearer ${token}` } });
    }
  }
  const url = `${product.url.replace('http', 'ws')}/graphql`;
  return createClient({ url, webSocketImpl: Authorised, retryAttempts: 0 });
}

describe('subscriptions over WebSocket', () => {
  beforeAll(async () => {
    product = await RunningProduct.start();
    await product.createSite('shop', ['shop.example']);
  });
  afterAll(() => product.stop());

  it('sends what is happening, and again when it changes', async () => {
    const client = clientWith(ADMIN_TOKEN);
    const answers = client.iterate({ query: LIVE });
    const next = async () => (await answers.next()).value;
    expect(await next()).toEqual({ data: { realtime: { views: 0, pages: [] } } });
    await product.hit(batchOf());
    expect(await next()).toEqual({ data: { realtime: { views: 1, pages: [{ value: '/a' }] } } });
    await answers.return?.();
    await client.dispose();
  });

  it('survives clients that vanish without a word', async () => {
    for (let n = 0; n < 20; n += 1) {
      const socket = new WebSocket(
        `${product.url.replace('http', 'ws')}/graphql`,
        'graphql-transport-ws',
        {
          headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
        },
      );
      await new Promise((resolve) => socket.once('open', resolve));
      socket.send(JSON.stringify({ type: 'connection_init' }));
      await new Promise((resolve) => socket.once('message', resolve));
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: LIVE } }));
      await new Promise((resolve) => socket.once('message', resolve));
      socket.terminate();
    }
    expect(await product.data('{ sites { id } }')).toEqual({ sites: [{ id: 'shop' }] });
  });

  it('tells nothing to who may not read the site', async () => {
    for (const token of ['hs_unknown', '']) {
      const client = clientWith(token);
      const refused = (async () => {
        for await (const answer of client.iterate({ query: LIVE })) {
          if (answer.errors !== undefined) throw answer.errors[0];
          return answer;
        }
        return null;
      })();
      await expect(refused).rejects.toBeTruthy();
      await client.dispose();
    }
  });
});
