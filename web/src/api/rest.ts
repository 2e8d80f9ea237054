/**
 * The exchange's REST door, on the page's own origin.
 *
 * Source: Binance Spot API, rest-api.md, "Signed (TRADE and USER_DATA) Endpoint security".
 */

export interface Credentials {
  readonly apiKey: string;
  readonly secret: string;
}

/** The exchange answered with a refusal. */
export class ApiRefusal extends Error {
  readonly status: number;
  readonly code: number;
  /** How long to stay away; 0 when nothing was said. */
  readonly retryAfter_ms: number;

  constructor(status: number, code: number, message: string, retryAfter_ms = 0) {
    super(message);
    this.name = "ApiRefusal";
    this.status = status;
    this.code = code;
    this.retryAfter_ms = retryAfter_ms;
  }

  /** The exchange itself cannot say whether the request was carried out. */
  get isOutcomeUnknown(): boolean {
    return this.code === -1006 || this.code === -1007 || (this.status >= 500 && this.code !== -1008);
  }
}

/** No answer came at all: whether the request was carried out is unknown. */
export class NoAnswer extends Error {
  constructor(cause: unknown) {
    super("no answer", { cause });
    this.name = "NoAnswer";
  }
}

export type Parameters = readonly (readonly [string, string])[];
export type Method = "GET" | "POST" | "PUT" | "DELETE";
/** Where a signed request carries its parameters: in the address, or as a form, which may be longer. */
type Carried = "query" | "form";

const TIMEOUT_MS = 10_000;
/** A file of some megabytes over a slow line. */
const FILE_TIMEOUT_MS = 120_000;
const FORM = "application/x-www-form-urlencoded";
const RECV_WINDOW_MS = "5000";
const RETRY_MS = 2_000;
const TIMESTAMP_REFUSED = -1021;

/** Milliseconds the exchange's clock is ahead of this one. */
let clockAhead_ms = 0;
let isClockRead = false;

export async function get<Answer>(path: string, parameters: Parameters = []): Promise<Answer> {
  const query = encoded(parameters);
  return request<Answer>("GET", query === "" ? path : `${path}?${query}`, {});
}

/** An answer that is text as it stands, such as a signed note. */
export async function getText(path: string): Promise<string> {
  const response = await fetched("GET", path, {});
  const text = await read(response.text());
  if (response.ok) return text;
  throw refusalOf(response, text);
}

/** Parameters go as a form: they may be longer than an address. */
export async function post<Answer>(path: string, parameters: Parameters): Promise<Answer> {
  return request<Answer>("POST", path, { "Content-Type": FORM }, encoded(parameters));
}

/** Asks until there is an answer; null when one is no longer wanted, which is asked after each failure. */
export async function persistently<Answer>(
  ask: () => Promise<Answer>,
  isWanted: () => boolean,
): Promise<Answer | null> {
  for (;;) {
    try {
      return await ask();
    } catch {
      if (!isWanted()) return null;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** The exchange's time, as far as this page knows it. */
export const serverNow_ms = (): number => Date.now() + clockAhead_ms;

/** A request in the name of an account. */
export async function signed<Answer>(
  method: Method,
  path: string,
  parameters: Parameters,
  credentials: Credentials,
  carried: Carried = "query",
): Promise<Answer> {
  return stamped(parameters, credentials, (payload, headers) => {
    if (carried === "query") return request<Answer>(method, `${path}?${payload}`, headers);
    return request<Answer>(method, path, { ...headers, "Content-Type": FORM }, payload);
  });
}

/** A file as it is, signed with what is asked in the address: the exchange's signature covers query and body. */
export async function sendFile<Answer>(
  path: string,
  parameters: Parameters,
  file: Blob,
  credentials: Credentials,
): Promise<Answer> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const send = (payload: string, headers: Record<string, string>): Promise<Answer> =>
    request<Answer>("POST", `${path}?${payload}`, { ...headers, "Content-Type": file.type }, bytes, FILE_TIMEOUT_MS);
  return stamped(parameters, credentials, send, bytes);
}

/** A file as the exchange keeps it. */
export async function getFile(path: string, parameters: Parameters, credentials: Credentials): Promise<Blob> {
  return stamped(parameters, credentials, async (payload, headers) => {
    const response = await fetched("GET", `${path}?${payload}`, headers, null, FILE_TIMEOUT_MS);
    if (response.ok) return read(response.blob());
    throw refusalOf(response, await read(response.text()));
  });
}

/** A file that is asked for without a key: what is asked bears another signature. */
export async function getOpenFile(path: string, parameters: Parameters): Promise<Blob> {
  const response = await fetched("GET", `${path}?${encoded(parameters)}`, {}, null, FILE_TIMEOUT_MS);
  if (response.ok) return read(response.blob());
  throw refusalOf(response, await read(response.text()));
}

/**
 * Sends what is signed. A refused timestamp means that nothing was done: the clock is read again, and it goes once more.
 */
async function stamped<Answer>(
  parameters: Parameters,
  { apiKey, secret }: Credentials,
  send: (payload: string, headers: Record<string, string>) => Promise<Answer>,
  body: Uint8Array = new Uint8Array(),
): Promise<Answer> {
  const once = async (): Promise<Answer> => {
    const timestamp = Math.round(serverNow_ms()).toString();
    const payload = encoded([...parameters, ["recvWindow", RECV_WINDOW_MS], ["timestamp", timestamp]]);
    const signature = await signatureOf(payload, secret, body);
    return send(`${payload}&signature=${signature}`, { "X-MBX-APIKEY": apiKey });
  };
  if (!isClockRead) await readClock();
  try {
    return await once();
  } catch (refusal) {
    if (!(refusal instanceof ApiRefusal && refusal.code === TIMESTAMP_REFUSED)) throw refusal;
    await readClock();
    return once();
  }
}

/** HMAC-SHA256 of query and body as sent, in hex. Browsers allow this on https and on localhost only. */
export async function signatureOf(query: string, secret: string, body: Uint8Array = new Uint8Array()): Promise<string> {
  const text = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", text.encode(secret), algorithm, false, ["sign"]);
  const head = text.encode(query);
  const whole = new Uint8Array(head.length + body.length);
  whole.set(head);
  whole.set(body, head.length);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, whole));
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Percent-encoded in the order given; this very text is signed and sent. */
export function encoded(parameters: Parameters): string {
  return parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
}

async function readClock(): Promise<void> {
  const asked_ms = Date.now();
  const { serverTime } = await get<{ serverTime: number }>("/api/v3/time");
  clockAhead_ms = serverTime - (asked_ms + Date.now()) / 2;
  isClockRead = true;
}

async function request<Answer>(
  method: Method,
  target: string,
  headers: Record<string, string>,
  body: BodyInit | null = null,
  timeout_ms = TIMEOUT_MS,
): Promise<Answer> {
  const response = await fetched(method, target, headers, body, timeout_ms);
  const text = await read(response.text());
  const answer = parsed(text);
  if (response.ok && answer !== null) return answer as Answer;
  throw refusalOf(response, text);
}

async function fetched(
  method: Method,
  target: string,
  headers: Record<string, string>,
  body: BodyInit | null = null,
  timeout_ms = TIMEOUT_MS,
): Promise<Response> {
  const signal = AbortSignal.timeout(timeout_ms);
  return read(fetch(target, { method, headers, body, cache: "no-store", signal }));
}

/** A connection may break before an answer begins or in the midst of it. */
async function read<Value>(coming: Promise<Value>): Promise<Value> {
  try {
    return await coming;
  } catch (cause) {
    throw new NoAnswer(cause);
  }
}

function refusalOf(response: Response, text: string): ApiRefusal {
  const { code = 0, msg = response.statusText } = (parsed(text) ?? {}) as { code?: number; msg?: string };
  return new ApiRefusal(response.status, code, msg, 1_000 * Number(response.headers.get("Retry-After") ?? 0));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
