import { expect, it } from "vitest";
import type { Message } from "../door/shapes.ts";
import { completeUpTo, continues, days, FILE_BYTES_MAX, fileFault, merged } from "./chat.ts";

function said(place: number, fields: Partial<Message> = {}): Message {
  return {
    order: "21",
    place,
    from: "BUYER",
    kind: "TEXT",
    text: `message ${place}`,
    textZh: null,
    file: null,
    fileName: null,
    fileType: null,
    time: place * 1_000,
    hash: "",
    ...fields,
  };
}

it("keeps each message once, in its place, however it came", () => {
  const places = merged([said(1), said(3)], [said(2), said(3)]).map(({ place }) => place);
  expect(places).toEqual([1, 2, 3]);
});

it("knows from where on something is missing", () => {
  expect(completeUpTo([])).toBe(0);
  expect(completeUpTo([said(1), said(2), said(4)])).toBe(2);
  expect(completeUpTo([said(2)])).toBe(0);
});

it("parts messages by day", () => {
  const parts = days([said(1), said(2, { time: 90_000_000 })], (time) => String(Math.floor(time / 86_400_000)));
  expect(parts.map(({ day, messages }) => [day, messages.length])).toEqual([
    ["0", 1],
    ["1", 1],
  ]);
});

it("names who speaks once for what follows soon", () => {
  expect(continues(said(2), said(1))).toBe(true);
  expect(continues(said(2, { from: "SELLER" }), said(1))).toBe(false);
  expect(continues(said(2, { time: 400_000 }), said(1))).toBe(false);
  expect(continues(said(1), undefined)).toBe(false);
});

it("refuses files that the exchange would refuse", () => {
  expect(fileFault({ type: "image/png", size: 1 })).toBeNull();
  expect(fileFault({ type: "text/html", size: 1 })).toBe("type");
  expect(fileFault({ type: "application/pdf", size: FILE_BYTES_MAX + 1 })).toBe("large");
  expect(fileFault({ type: "image/webp", size: 0 })).toBe("empty");
});
