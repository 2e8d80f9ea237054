/** Time that is left, as a clock shows it. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const two = (value: number): string => value.toString().padStart(2, "0");

/** 14:32, or 23:14:32 from an hour on; never below 00:00. What is begun counts whole: 0.4 s left is 00:01. */
export function countdown(left_ms: number): string {
  const seconds = Math.max(0, Math.ceil(left_ms / SECOND_MS));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return (hours > 0 ? `${two(hours)}:` : "") + `${two(minutes)}:${two(seconds % 60)}`;
}

/** What is said aloud: not every second, or nobody could listen to anything else. */
export function isSpoken(left_ms: number): boolean {
  const seconds = Math.ceil(left_ms / SECOND_MS);
  return seconds > 0 && (seconds % 300 === 0 || seconds === 60 || seconds === 30);
}

/** Share of a time that is left, 0..1. */
export function shareLeft(from_ms: number, due_ms: number, now_ms: number): number {
  if (due_ms <= from_ms) return 0;
  return Math.min(1, Math.max(0, (due_ms - now_ms) / (due_ms - from_ms)));
}

export const isUrgent = (left_ms: number): boolean => left_ms < 2 * MINUTE_MS;

/** In whole days, as an age is counted. */
export const daysSince = (time_ms: number, now_ms: number): number =>
  Math.max(0, Math.floor((now_ms - time_ms) / (24 * HOUR_MS)));

/** How long something takes, short: the larger unit and the next. Parts, so that words give the units. */
export function lasting(seconds: number): {
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
} {
  const whole = Math.round(seconds);
  if (whole < 600) return { hours: 0, minutes: Math.floor(whole / 60), seconds: whole % 60 };
  const minutes = Math.round(whole / 60);
  return { hours: Math.floor(minutes / 60), minutes: minutes % 60, seconds: 0 };
}
