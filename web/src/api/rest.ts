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
type Method = "GET" | "POST" | "DELETE";

const TIMEOUT_MS = 10_000;
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
  const { response, text } = await fetched("GET", path, {});
  if (response.ok) return text;
  throw refusalOf(response, text);
}

/** Parameters go as a form: they may be longer than an address. */
export async function post<Answer>(path: string, parameters: Parameters): Promise<Answer> {
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  return request<Answer>("POST", path, headers, encoded(parameters));
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

/**
 * A request in the name of an account. A refused timestamp means that nothing was done: the clock is read again, and it
 * goes once more.
 */
export async function signed<Answer>(
  method: Method,
  path: string,
  parameters: Parameters,
  credentials: Credentials,
): Promise<Answer> {
  if (!isClockRead) await readClock();
  try {
    return await signedOnce<Answer>(method, path, parameters, credentials);
  } catch (refusal) {
    if (!(refusal instanceof ApiRefusal && refusal.code === TIMESTAMP_REFUSED)) throw refusal;
    await readClock();
    return signedOnce<Answer>(method, path, parameters, credentials);
  }
}

async function signedOnce<Answer>(
  method: Method,
  path: string,
  parameters: Parameters,
  credentials: Credentials,
): Promise<Answer> {
  const timestamp = Math.round(Date.now() + clockAhead_ms).toString();
  const query = encoded([...parameters, ["recvWindow", RECV_WINDOW_MS], ["timestamp", timestamp]]);
  const signature = await signatureOf(query, credentials.secret);
  return request<Answer>(method, `${path}?${query}&signature=${signature}`, { "X-MBX-APIKEY": credentials.apiKey });
}

/** HMAC-SHA256 of the query as sent, in hex. Browsers allow this on https and on localhost only. */
export async function signatureOf(query: string, secret: string): Promise<string> {
  const bytes = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), algorithm, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes.encode(query)));
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
  body: string | null = null,
): Promise<Answer> {
  const { response, text } = await fetched(method, target, headers, body);
  const answer = parsed(text);
  if (response.ok && answer !== null) return answer as Answer;
  throw refusalOf(response, text);
}

async function fetched(
  method: Method,
  target: string,
  headers: Record<string, string>,
  body: string | null = null,
): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(target, {
      method,
      headers,
      body,
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { response, text: await response.text() };
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
