import { expect, it } from "vitest";
import { ApiRefusal, NoAnswer } from "../api/rest.ts";
import { en, type Words } from "./en.ts";
import { refusalIn } from "./refusals.ts";
import { zh } from "./zh.ts";

/** Every text of a catalogue by its path; functions are called with their own parameters' places. */
function texts(words: object, path = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(words)) {
    const here = `${path}.${name}`;
    if (typeof value === "function") found.set(here, value("BUY", "⟨2⟩", "⟨3⟩"));
    else if (typeof value === "string") found.set(here, value);
    else for (const [key, text] of texts(value, here)) found.set(key, text);
  }
  return found;
}

it("has every text in both languages, and says something in each", () => {
  const [english, chinese] = [texts(en), texts(zh)];
  expect([...chinese.keys()]).toEqual([...english.keys()]);
  for (const text of [...english.values(), ...chinese.values()]) expect(text.trim()).not.toBe("");
});

it("uses the same amounts in both languages", () => {
  const places = (text: string): string[] => (text.match(/⟨\d⟩/g) ?? []).sort();
  const chinese = texts(zh);
  for (const [path, text] of texts(en)) expect([path, places(chinese.get(path)!)]).toEqual([path, places(text)]);
});

it.each<[number, string, (words: Words) => string]>([
  [-2010, "Account has insufficient balance for requested action.", (words) => words.refusals.insufficientBalance],
  [-2010, "Order would immediately match and take.", (words) => words.refusals.wouldMatch],
  [-1013, "Filter failure: NOTIONAL", (words) => words.refusals.notional],
  [-1013, "Filter failure: MARKET_LOT_SIZE", (words) => words.refusals.marketLotSize],
  [-1013, "Filter failure: PERCENT_PRICE_BY_SIDE", (words) => words.refusals.percentPrice],
  [-2011, "Unknown order sent.", (words) => words.refusals.unknownOrder],
  [-1021, "Timestamp for this request is outside of the recvWindow.", (words) => words.refusals.clock],
])("%i %s in words", (code, message, expected) => {
  for (const words of [en, zh]) expect(refusalIn(words, new ApiRefusal(400, code, message))).toBe(expected(words));
});

it("passes on what it does not know, and tells silence from refusal", () => {
  expect(refusalIn(en, new ApiRefusal(400, -9999, "Odd."))).toBe("The exchange refused: Odd. (-9999)");
  expect(refusalIn(zh, new NoAnswer(null))).toBe(zh.refusals.noAnswer);
  expect(() => refusalIn(en, new TypeError("ours"))).toThrow("ours");
});
