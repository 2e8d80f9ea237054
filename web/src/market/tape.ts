/** The latest trades of one symbol, newest first. */

export interface Trade {
  readonly id: number;
  readonly price: string;
  readonly quantity: string;
  readonly time_ms: number;
  /** The taker sold. */
  readonly isSell: boolean;
}

export const TAPE_COUNT = 60;

/**
 * The tape with later trades in front. A trade may come twice, from REST and from the stream, in either order: numbers
 * only rise, so one that is not above the newest is known already.
 *
 * tape   newest first
 * fresh  oldest first
 */
export function added(tape: readonly Trade[], fresh: readonly Trade[]): readonly Trade[] {
  const newest: Trade[] = [];
  let lastId = tape[0]?.id ?? -1;
  for (const trade of fresh) {
    if (trade.id <= lastId) continue;
    lastId = trade.id;
    newest.push(trade);
  }
  return newest.length === 0 ? tape : [...newest.reverse(), ...tape].slice(0, TAPE_COUNT);
}
