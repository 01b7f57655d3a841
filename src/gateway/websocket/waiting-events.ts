// Events of one connection whose turn has not come, in order of arrival.

import type { WebSocketSettings } from '../../resources/index.ts';
import type { RoutedEvent } from './routed-event.ts';

export class WaitingEvents {
  readonly #events: RoutedEvent[] = [];
  #textLength = 0;

  get count(): number {
    return this.#events.length;
  }

  /** Some of them are handled one after the other. */
  get hasOrdered(): boolean {
    return this.#events.some(({ plan }) => plan.isOrdered);
  }

  hasRoomFor({ text }: RoutedEvent, { waitingMax, waitingBytesMax }: WebSocketSettings): boolean {
    return this.#events.length < waitingMax && this.#textLength + text.length <= waitingBytesMax;
  }

  add(event: RoutedEvent): void {
    this.#events.push(event);
    this.#textLength += event.text.length;
  }

  /** The first that may be handled now; null = none. */
  take(mayBeOrdered: boolean): RoutedEvent | null {
    const i = this.#events.findIndex(({ plan }) => mayBeOrdered || !plan.isOrdered);
    if (i < 0) return null;
    const [event] = this.#events.splice(i, 1) as [RoutedEvent];
    this.#textLength -= event.text.length;
    return event;
  }
}
