import { expect, it } from "vitest";
import { countdown, daysSince, isSpoken, lasting, shareLeft } from "./clock.ts";

it.each([
  [15 * 60_000, "15:00"],
  [872_001, "14:33"],
  [400, "00:01"],
  [0, "00:00"],
  [-5_000, "00:00"],
  [3_600_000, "01:00:00"],
  [86_399_000, "23:59:59"],
])("%i ms left are shown as %s", (left_ms, text) => {
  expect(countdown(left_ms)).toBe(text);
});

it("speaks rarely", () => {
  const spoken = Array.from({ length: 900 }, (_, index) => 900 - index).filter((left_s) => isSpoken(left_s * 1_000));
  expect(spoken).toEqual([900, 600, 300, 60, 30]);
});

it("knows the share of a time that is left", () => {
  expect(shareLeft(0, 100, 25)).toBe(0.75);
  expect(shareLeft(0, 100, 250)).toBe(0);
  expect(shareLeft(100, 100, 0)).toBe(0);
});

it("counts days that are over", () => {
  expect(daysSince(0, 86_399_999)).toBe(0);
  expect(daysSince(0, 86_400_000)).toBe(1);
});

it("shortens how long something takes", () => {
  expect(lasting(45)).toEqual({ hours: 0, minutes: 0, seconds: 45 });
  expect(lasting(192)).toEqual({ hours: 0, minutes: 3, seconds: 12 });
  expect(lasting(4_000)).toEqual({ hours: 1, minutes: 7, seconds: 0 });
});
