import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiRefusal, encoded, get, getFile, NoAnswer, sendFile, signatureOf, signed } from "./rest.ts";

const KEYS = { apiKey: "key", secret: "secret" };
const answers: (() => Response)[] = [];
const asked: { target: string; method: string; headers: Record<string, string>; body: unknown }[] = [];
const json =
  (body: unknown, status = 200, headers = {}) =>
  () =>
    new Response(JSON.stringify(body), { status, headers });

beforeEach(() => {
  answers.length = asked.length = 0;
  vi.stubGlobal("fetch", async (target: string, init: Omit<(typeof asked)[number], "target">) => {
    asked.push({ target, ...init });
    return answers.shift()!();
  });
});
afterEach(() => void vi.unstubAllGlobals());

it("signs as RFC 4231 says, test case 2", async () => {
  expect(await signatureOf("what do ya want for nothing?", "Jefe")).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

it("encodes before it signs", () => {
  expect(
    encoded([
      ["a", "x y&z"],
      ["b", "一"],
    ]),
  ).toBe("a=x%20y%26z&b=%E4%B8%80");
});

describe("a request that is refused", () => {
  it("says the code, the words and how long to stay away", async () => {
    answers.push(json({ code: -1003, msg: "Too much." }, 429, { "Retry-After": "7" }));
    const refusal = await get("/api/v3/trades").catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ApiRefusal);
    expect(refusal).toMatchObject({ status: 429, code: -1003, message: "Too much.", retryAfter_ms: 7_000 });
  });

  it("knows when even the exchange cannot say what became of it", () => {
    expect(new ApiRefusal(500, -1007, "").isOutcomeUnknown).toBe(true);
    expect(new ApiRefusal(502, 0, "").isOutcomeUnknown).toBe(true);
    expect(new ApiRefusal(503, -1008, "").isOutcomeUnknown).toBe(false);
    expect(new ApiRefusal(400, -2010, "").isOutcomeUnknown).toBe(false);
  });

  it("tells no answer from a refusal", async () => {
    answers.push(() => {
      throw new TypeError("network");
    });
    await expect(get("/api/v3/time")).rejects.toBeInstanceOf(NoAnswer);
  });
});

it("reads the clock again, once, when a timestamp is refused", async () => {
  const late = json({ code: -1021, msg: "outside" }, 400);
  answers.push(json({ serverTime: Date.now() }), late, json({ serverTime: Date.now() + 60_000 }), json({ done: true }));
  expect(await signed("POST", "/api/v3/order", [["symbol", "X"]], KEYS)).toEqual({ done: true });
  const [first, second] = asked.filter((each) => each.method === "POST");
  const stamp = (each: typeof first): number => Number(/timestamp=(\d+)/.exec(each!.target)![1]);
  expect(stamp(second) - stamp(first)).toBeGreaterThan(59_000);
  const [query, signature] = second!.target.split("?")[1]!.split("&signature=");
  expect(signature).toBe(await signatureOf(query!, "secret"));
  expect(second!.headers["X-MBX-APIKEY"]).toBe("key");

  answers.push(late, json({ serverTime: Date.now() }), late);
  await expect(signed("GET", "/api/v3/account", [], KEYS)).rejects.toMatchObject({ code: -1021 });
});

it("signs a form as it is sent", async () => {
  answers.push(json({ done: true }));
  await signed("POST", "/p2p/v1/chat", [["text", "你好 & co"]], KEYS, "form");
  const [{ target, headers, body }] = asked as [(typeof asked)[number]];
  const [payload, signature] = String(body).split("&signature=");
  expect(target).toBe("/p2p/v1/chat");
  expect(payload).toMatch(/^text=%E4%BD%A0%E5%A5%BD%20%26%20co&recvWindow=/);
  expect(signature).toBe(await signatureOf(payload!, "secret"));
  expect(headers["Content-Type"]).toBe("application/x-www-form-urlencoded");
});

it("sends and gets files as they are", async () => {
  const file = new Blob(["bytes"], { type: "image/png" });
  answers.push(json({ file: "ab" }), () => new Response("bytes", { headers: { "Content-Type": "image/png" } }));
  expect(await sendFile("/p2p/v1/files", [["name", "a.png"]], file, KEYS)).toEqual({ file: "ab" });
  const [sent] = asked as [(typeof asked)[number]];
  const [query, signature] = sent.target.split("?")[1]!.split("&signature=");
  expect(sent.body).toEqual(new TextEncoder().encode("bytes"));
  expect(sent.headers["Content-Type"]).toBe("image/png");
  expect(signature).toBe(await signatureOf(`${query}bytes`, "secret"));
  expect(await (await getFile("/p2p/v1/files", [["file", "ab"]], KEYS)).text()).toBe("bytes");
  answers.push(json({ code: -33_016, msg: "There is no such file for you." }, 404));
  await expect(getFile("/p2p/v1/files", [["file", "cd"]], KEYS)).rejects.toMatchObject({ code: -33_016 });
});
