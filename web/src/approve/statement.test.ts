import { expect, it } from "vitest";
import { base64urlOf, bytesOf, bytesOfBase64, hexOf, pointOf, readingOf, sayingOf, statementOf } from "./statement.ts";

// As venus.records.approvals makes it: institution 3, seat 1, until 1_800_000_000_000_000_001, of the bytes 0x93 0x01 0xc0.
const STATEMENT =
  "070707070707070707070707070707070707070707070707070707070707070776656e75732d617070726f76616c2d76310000030000000000000001000000000000000100b49376e2fa18d9aa55c10e95edfa5080ca9f994412714db12f27f71c61ef7d477cb34bc9dd21";

it("is the statement of the rules, byte by byte", async () => {
  const exchange = new Uint8Array(32).fill(7);
  const made = await statementOf(exchange, 3, 1, 1_800_000_000_000_000_001n, bytesOf("9301c0"));
  expect(made.length).toBe(107);
  expect(hexOf(made)).toBe(STATEMENT);
});

it("signs a path to read", () => {
  expect(new TextDecoder().decode(readingOf("/coins/v1/proposals"))).toBe("read:/coins/v1/proposals?");
  expect(new TextDecoder().decode(readingOf("/p2p/v1/dispute", "7"))).toBe("read:/p2p/v1/dispute?7");
  expect(new TextDecoder().decode(sayingOf("/p2p/v1/dispute/message", "7 ab"))).toBe(
    "say:/p2p/v1/dispute/message?7 ab",
  );
});

it("takes the point out of a P-256 key and nothing else", () => {
  const head = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
  const point = `04${"ab".repeat(64)}`;
  expect(hexOf(pointOf(bytesOf(head + point).buffer))).toBe(point);
  expect(() => pointOf(bytesOf(head + `02${"ab".repeat(64)}`).buffer)).toThrow("P-256");
  expect(() => pointOf(bytesOf("302a300506032b6570032100" + "ab".repeat(32)).buffer)).toThrow("P-256");
});

it("reads and writes bytes as text", () => {
  expect(base64urlOf(bytesOf("fbff00"))).toBe("-_8A");
  expect(hexOf(bytesOfBase64("-_8A"))).toBe("fbff00");
  expect(() => bytesOf("0g")).toThrow("not hex");
});
