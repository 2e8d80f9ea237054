/**
 * A checkpoint as the exchange publishes it: a signed note. It is taken apart to be shown; whether its signatures hold is
 * for who downloads it to check, since a page that the exchange serves cannot vouch for the exchange.
 *
 * Source: docs/rules/journal.md, "Checkpoint"; C2SP signed-note, tlog-checkpoint, tlog-cosignature.
 */

export interface Figure {
  readonly name: string;
  /** The number of frames behind which it stands. */
  readonly frames: number;
  readonly root: string;
}

export interface Signature {
  readonly name: string;
  /** When a cosigner saw it; null for a plain signature. */
  readonly time_ms: number | null;
}

export interface Checkpoint {
  readonly origin: string;
  readonly frames: number;
  readonly figures: readonly Figure[];
  readonly signatures: readonly Signature[];
}

const KEY_ID_BYTES = 4;
const TIME_BYTES = 8;
const ED25519_BYTES = 64;
const HASH = /^[A-Za-z0-9+/]{43}=$/;
const SIZE = /^(0|[1-9][0-9]{0,15})$/;

/** Null for what is no checkpoint. */
export function checkpointOf(note: string): Checkpoint | null {
  const end = note.lastIndexOf("\n\n");
  if (end < 0) return null;
  const [origin = "", size = "", root = "", ...more] = note.slice(0, end).split("\n");
  if (origin === "" || !SIZE.test(size) || !HASH.test(root)) return null;
  const frames = Number(size);
  const figures: Figure[] = [{ name: "root", frames, root }];
  for (const line of more) {
    const words = line.split(" ");
    const [name = "", where = ""] = words;
    const hash = words.at(-1) ?? "";
    if (!HASH.test(hash)) continue;
    if (words.length === 2) figures.push({ name, frames, root: hash });
    if (words.length === 3 && SIZE.test(where)) figures.push({ name, frames: Number(where), root: hash });
  }
  const signatures = note
    .slice(end + 2)
    .split("\n")
    .flatMap((line) => signatureOf(line) ?? []);
  return { origin, frames, figures, signatures };
}

function signatureOf(line: string): Signature | null {
  const [, name, encoded] = /^— (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
  if (name === undefined || encoded === undefined) return null;
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
  if (bytes.length !== KEY_ID_BYTES + TIME_BYTES + ED25519_BYTES) return { name, time_ms: null };
  const time_s = new DataView(bytes.buffer, KEY_ID_BYTES, TIME_BYTES).getBigUint64(0);
  return { name, time_ms: Number(time_s) * 1_000 };
}
