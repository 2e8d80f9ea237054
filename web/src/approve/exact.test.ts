import { expect, it } from "vitest";
import { jsonOf } from "./door.ts";
import { decoded, fieldsOf, Mismatch } from "./exact.ts";
import { bytesOf } from "./statement.ts";

// As venus.records.commands.encode_cold makes it: who seats a person, and an order with a time.
const SEAT = "94130296cd03e80102c40204070000a6736561742031";
const ORDER = "9c240102ce00011170cf000000e8d4a5100000000501a86361736520e4b8adcf18fae27693b40001a16f";

it("reads every field of a command out of its bytes", () => {
  const told = {
    kind: "SeatPerson",
    institution: 2,
    terms: { person: 1_000, role: 1, scheme: 2, key: "BAc=", from_ns: 0, until_ns: 0 },
    reference: "seat 1",
  };
  expect(fieldsOf(bytesOf(SEAT), told)).toEqual([
    { name: "institution", text: "2" },
    { name: "terms", text: "[1000, 1, 2, 0407, 0, 0]" },
    { name: "reference", text: "seat 1" },
  ]);
});

it("shows times to the nanosecond, which JSON cannot", () => {
  const told = JSON.parse(
    `{"kind": "OrderLawful", "order_kind": 1, "coin": 2, "account": 70000, "atoms": 1000000000000, "to_account": 0, "frozen_by": 0, "authority": 5, "second": 1, "basis": "case 中", "expires_ns": 1800000000000000001, "reference": "o"}`,
  ) as Record<string, unknown>;
  expect(fieldsOf(bytesOf(ORDER), told).find(({ name }) => name === "expires_ns")).toEqual({
    name: "expires_ns",
    text: "1800000000000000001",
  });
});

it.each([
  ["another number", { order: 4, granted: 1, reference: "x" }],
  ["less than there is", { order: 3, granted: 1 }],
  ["text for a number", { order: "3", granted: 1, reference: "x" }],
])("finds %s", (_, told) => {
  const bytes = bytesOf("94280301a178");
  expect(fieldsOf(bytes, { kind: "DecideAppeal", order: 3, granted: 1, reference: "x" })).toHaveLength(3);
  expect(() => fieldsOf(bytes, { kind: "DecideAppeal", ...told })).toThrow(Mismatch);
});

it.each([
  ["7f", 127n],
  ["e0", -32n],
  ["ccff", 255n],
  ["cd0100", 256n],
  ["cf8000000000000000", 2n ** 63n],
  ["d0df", -33n],
  ["d3ffffffffffffff00", -256n],
  ["c0", null],
  ["c3", true],
  ["dc0001a0", [""]],
  ["d903e4b8ad", "中"],
])("reads %s", (hex, value) => {
  expect(decoded(bytesOf(hex))).toEqual(value);
});

it.each(["", "92", "a3ab", "c1", "cb0000000000000000", "0000", "dd7fffffff"])("refuses %s", (hex) => {
  expect(() => decoded(bytesOf(hex))).toThrow();
});

it("tells and compares whole numbers that a double does not hold", () => {
  const told = { kind: "X", order: 9_007_199_254_740_993n, text: "1n" };
  expect(jsonOf(told)).toBe('{"kind":"X","order":9007199254740993,"text":"1n"}');
  const encoded = bytesOf("9301cf0020000000000001a2316e");
  expect(fieldsOf(encoded, told)[0]).toEqual({ name: "order", text: "9007199254740993" });
  expect(() => fieldsOf(encoded, { ...told, order: 9_007_199_254_740_992n })).toThrow(Mismatch);
});
