import { expect, it } from "vitest";
import { checkpointOf } from "./checkpoint.ts";

const ROOT = "A".repeat(43) + "=";
const OTHER = "B".repeat(43) + "=";
const TEXT = `venus/journal\n7\n${ROOT}\nevents ${OTHER}\nliabilities 5 ${ROOT}\nsomething else\n`;

/** A signature line of so many bytes, its time in the first eight behind the key id. */
function line(name: string, bytes_count: number, time_s = 0): string {
  const bytes = new Uint8Array(bytes_count);
  new DataView(bytes.buffer).setBigUint64(4, BigInt(time_s));
  return `— ${name} ${btoa(String.fromCharCode(...bytes))}\n`;
}

it("takes a checkpoint apart", () => {
  const checkpoint = checkpointOf(`${TEXT}\n${line("venus/journal", 68)}${line("bank.example", 76, 1_700_000_000)}`);
  expect(checkpoint).toEqual({
    origin: "venus/journal",
    frames: 7,
    figures: [
      { name: "root", frames: 7, root: ROOT },
      { name: "events", frames: 7, root: OTHER },
      { name: "liabilities", frames: 5, root: ROOT },
    ],
    signatures: [
      { name: "venus/journal", time_ms: null },
      { name: "bank.example", time_ms: 1_700_000_000_000 },
    ],
  });
});

it.each(["", "oops", "venus/journal\n7\n\n", `venus/journal\n-7\n${ROOT}\n\n`, `\n7\n${ROOT}\n\n— a AAAA\n`])(
  "refuses %j",
  (note) => {
    expect(checkpointOf(note)).toBeNull();
  },
);
