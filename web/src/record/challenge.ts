/**
 * What the key of a chain address signed: a dated text that says what lies there. Whether the signature holds is for who
 * downloads it to check.
 *
 * Source: docs/rules/reserves.md.
 */

import type { Reserves } from "./shapes.ts";

export interface Challenge {
  readonly date: string;
  readonly frames: number;
  readonly network: string;
  readonly address: string;
  readonly amount: string;
  readonly asset: string;
}

const LINES = [
  /^venus\/reserves$/,
  /^exchange \S+$/,
  /^date (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z)$/,
  /^checkpoint (\d{1,15}) \S+$/,
  /^address (\S+) (\S+)$/,
  /^holds ([0-9.]+) (\S+)$/,
] as const;

/** Those of the newest publication. */
export function challengesOf(reserves: Reserves | null): Challenge[] {
  return (reserves?.challenges ?? []).flatMap(({ text }) => challengeOf(text) ?? []);
}

/** Null for what is no challenge. */
export function challengeOf(text: string): Challenge | null {
  const lines = text.split("\n");
  if (lines.length !== LINES.length) return null;
  const found = LINES.map((pattern, place) => pattern.exec(lines[place] ?? ""));
  if (found.some((match) => match === null)) return null;
  const [date = "", frames = "", network = "", address = "", amount = "", asset = ""] = found.flatMap(
    (match) => match?.slice(1) ?? [],
  );
  return { date, frames: Number(frames), network, address, amount, asset };
}
