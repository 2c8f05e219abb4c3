/** A page inside an application hands its events to the application's own queue. */
import type { WireBatch, WireEvent } from '../wire.js';
import type { Transport } from './adapters.js';

/** What a message begins with, so that others are not taken for one. */
const MARK = 'hindsight:';

/** For the page: what `react-native-webview` puts there takes the batches. */
export function webViewTransport(bridge: { postMessage(text: string): void }): Transport {
  const post = (body: string) => bridge.postMessage(MARK + body);
  return {
    send(body) {
      post(body);
      return Promise.resolve({ status: 202 });
    },
    sendLast: post,
  };
}

/** For the application: calls `take` for each event of a message; false = it is not the tracker's. */
export function takeFromWebView(message: string, take: (event: WireEvent) => void): boolean {
  if (!message.startsWith(MARK)) return false;
  try {
    const { e } = JSON.parse(message.slice(MARK.length)) as WireBatch;
    for (const event of e) take(event);
  } catch {
    // A page may post what it likes.
  }
  return true;
}
