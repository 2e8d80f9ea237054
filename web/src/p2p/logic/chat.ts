/** What was said about an order, in its order, and what was sent from here but is not confirmed yet. */

import type { Message, Party } from "../door/shapes.ts";

/** All of both, each place once, in the order of places. Answers and the stream may overlap and overtake each other. */
export function merged(known: readonly Message[], more: readonly Message[]): readonly Message[] {
  const byPlace = new Map(known.map((message) => [message.place, message]));
  for (const message of more) byPlace.set(message.place, message);
  return [...byPlace.values()].sort((one, other) => one.place - other.place);
}

/** The last place up to which nothing is missing: from there on the rest is asked for. Places begin at `first`. */
export function completeUpTo(messages: readonly Message[], first = 1): number {
  let last = first - 1;
  for (const { place } of messages) {
    if (place > last + 1) break;
    last = Math.max(last, place);
  }
  return last;
}

export interface Day {
  readonly day: string;
  readonly messages: readonly Message[];
}

/** By the day, as the visitor's calendar has it. */
export function days(messages: readonly Message[], dayOf: (time_ms: number) => string): readonly Day[] {
  const found: { day: string; messages: Message[] }[] = [];
  for (const message of messages) {
    const day = dayOf(message.time);
    if (found.at(-1)?.day !== day) found.push({ day, messages: [] });
    found.at(-1)!.messages.push(message);
  }
  return found;
}

export function isMine(message: Message, me: Party): boolean {
  return message.from === me;
}

/** A message that continues the one before it shows no name of its own. */
export function continues(message: Message, before: Message | undefined): boolean {
  return before !== undefined && before.from === message.from && message.time - before.time < 5 * 60_000;
}

export const FILE_BYTES_MAX = 5 * 1024 * 1024;
export const FILE_TYPES = ["image/png", "image/jpeg", "image/webp", "application/pdf"] as const;

export type FileFault = "type" | "large" | "empty";

/** What the door would refuse anyway, said before five megabytes are sent. */
export function fileFault(file: { readonly type: string; readonly size: number }): FileFault | null {
  if (!(FILE_TYPES as readonly string[]).includes(file.type)) return "type";
  if (file.size === 0) return "empty";
  return file.size > FILE_BYTES_MAX ? "large" : null;
}

export const isPicture = (type: string | null): boolean => type?.startsWith("image/") ?? false;
