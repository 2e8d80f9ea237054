import { expect, it } from "vitest";
import { ApiRefusal, NoAnswer } from "../../api/rest.ts";
import { en as enMain } from "../../words/en.ts";
import { zh as zhMain } from "../../words/zh.ts";
import { en } from "./en.ts";
import { isCodeWanted, refusalOf } from "./refusals.ts";
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
  for (const [path, text] of [...english, ...chinese])
    if (!path.endsWith(".NONE")) expect([path, text.trim()]).not.toEqual([path, ""]);
});

it("uses the same amounts in both languages", () => {
  const places = (text: string): string[] => (text.match(/⟨\d⟩/g) ?? []).sort();
  const chinese = texts(zh);
  for (const [path, text] of texts(en)) expect([path, places(chinese.get(path)!)]).toEqual([path, places(text)]);
});

it("tells refusals in words: the core's by name, the door's by code, the exchange's as everywhere", () => {
  const said = (code: number, message: string): string => refusalOf(en, enMain, new ApiRefusal(400, code, message));
  expect(said(-30_210, "PRICE_MOVED: the price is beyond the limit.")).toBe(en.refusals.priceMoved);
  expect(said(-30_215, "WRONG_STATE")).toBe(en.refusals.wrongState);
  expect(said(-33_011, "The code of your second factor is needed.")).toBe(en.refusals.codeWanted);
  expect(said(-33_008, "TOO_FEW_ORDERS,MERCHANT_ONLY: you may not post such adverts now. Twenty.")).toBe(
    en.refusals.mayNotPost(`${en.refusals.reasons.TOO_FEW_ORDERS} ${en.refusals.reasons.MERCHANT_ONLY}`),
  );
  expect(said(-33_017, "The file cannot be taken: something follows the PNG's end.")).toBe(
    en.refusals.file(en.refusals.why.broken),
  );
  expect(said(-33_021, "The text cannot be taken: terms: 1200 characters, at most 1000.")).toBe(
    en.refusals.words(en.refusals.why.long),
  );
  expect(said(-33_017, "The file cannot be taken: it is odd.")).toBe("The file cannot be taken. it is odd");
  expect(said(-33_019, "The chat of an order has at most 500 messages of one side.")).toBe(en.refusals.tooMuchSaid);
  expect(refusalOf(en, enMain, new ApiRefusal(503, -33_019, "No checkpoint covers this yet."))).toBe(
    en.refusals.notSealedYet,
  );
  expect(said(-1003, "Too much.")).toBe(enMain.refusals.tooManyRequests);
  expect(said(-9_999, "Odd.")).toBe("The exchange refused: Odd. (-9999)");
  expect(refusalOf(zh, zhMain, new NoAnswer(null))).toBe(zhMain.refusals.noAnswer);
  expect(() => refusalOf(en, enMain, new TypeError("ours"))).toThrow("ours");
});

it("knows when a code of the second factor is asked for", () => {
  expect(isCodeWanted(new ApiRefusal(401, -33_011, ""))).toBe(true);
  expect(isCodeWanted(new ApiRefusal(401, -33_013, ""))).toBe(false);
  expect(isCodeWanted(new NoAnswer(null))).toBe(false);
});
