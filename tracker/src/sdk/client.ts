import { describe } from '../report/describe-error.js';
import type { Properties } from '../wire.js';
import { randomId } from './adapters.js';
import type { AnyEvents, EventMap, TrackArguments, TrackOptions } from './event-map.js';
import { EventStream } from './event-stream.js';

/**
 * Tracks what happens in an application or on a server. What it took is sent until the collector has it, with
 * the same ids each time, so that it is counted once. It throws only when it is made; later problems go to
 * `onProblem`.
 */
export class Client<Events extends EventMap<Events> = AnyEvents> extends EventStream {
  track<Name extends keyof Events & string>(
    name: Name,
    ...rest: TrackArguments<Events[Name]>
  ): void {
    const [properties, options] = rest as [Properties?, TrackOptions?];
    this.add(name, { p: properties }, options);
  }

  /** A view of a page. */
  page(properties?: Properties, options?: TrackOptions): void {
    this.add('page_view', { p: properties, g: randomId() }, options);
  }

  /** A view of an application's screen. */
  screen(name: string, properties?: Properties, options?: TrackOptions): void {
    this.add('screen_view', { p: { ...properties, screen_name: name }, g: randomId() }, options);
  }

  /** Names the user of what follows; `null` takes it back. Traits become an event. */
  identify(userId: string | null, traits?: Properties): void {
    this.user = userId === null || userId === '' ? undefined : userId.slice(0, 256);
    if (traits !== undefined) this.add('identify', { p: traits });
  }

  group(groupId: string, traits?: Properties): void {
    this.add('group', { p: { ...traits, group_id: groupId } });
  }

  alias(newId: string): void {
    this.add('alias', { p: { alias: newId, ...(this.user && { user_id: this.user }) } });
  }

  captureException(error: unknown, properties?: Properties): void {
    this.add('exception', { p: { description: describe(error), fatal: false, ...properties } });
  }
}
