/**
 * What a seat signs, reckoned here from the bytes themselves: nothing that the exchange says of them is trusted.
 *
 * Source: docs/rules/approvals.md, "What is signed".
 */

export type Bytes = Uint8Array<ArrayBuffer>;

const DOMAIN = "venus-approval-v1\0\0";
/** Before the 65 bytes of a P-256 point in what browsers give of a public key (RFC 5480). */
const SPKI_P256 = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
const POINT_BYTES = 65;
const UNCOMPRESSED = 4;

export function bytesOf(hex: string): Bytes {
  if (!/^([0-9a-f]{2})*$/i.test(hex)) throw new RangeError(`not hex: ${hex.slice(0, 20)}`);
  return Uint8Array.from({ length: hex.length / 2 }, (_, place) => parseInt(hex.slice(2 * place, 2 * place + 2), 16));
}

export function hexOf(bytes: ArrayBuffer | Uint8Array): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function base64urlOf(bytes: ArrayBuffer | Uint8Array): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function bytesOfBase64(text: string): Bytes {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** The statement of 107 bytes. `exchange` is the digest of who the exchange is, `signed` what is approved. */
export async function statementOf(
  exchange: Bytes,
  institution: number,
  seat: number,
  expires_ns: bigint,
  signed: Bytes,
): Promise<Bytes> {
  const figures = new DataView(new ArrayBuffer(24));
  [BigInt(institution), BigInt(seat), expires_ns].forEach((figure, place) =>
    figures.setBigInt64(8 * place, figure, true),
  );
  const parts = [exchange, new TextEncoder().encode(DOMAIN), new Uint8Array(figures.buffer), await sha256(signed)];
  return joined(parts);
}

/** What is signed, in place of a command, to read what only seats may see. */
export function readingOf(path: string, subject = ""): Bytes {
  return new TextEncoder().encode(`read:${path}?${subject}`);
}

/** What is signed, in place of a command, to say something where it stands. */
export function sayingOf(path: string, subject: string): Bytes {
  return new TextEncoder().encode(`say:${path}?${subject}`);
}

/** The point of a P-256 key, as seats have it. */
export function pointOf(spki: ArrayBuffer): Bytes {
  const bytes = new Uint8Array(spki);
  const head = hexOf(bytes.slice(0, bytes.length - POINT_BYTES));
  const point = bytes.slice(bytes.length - POINT_BYTES);
  if (head !== SPKI_P256 || point[0] !== UNCOMPRESSED) throw new RangeError("not a P-256 key");
  return point;
}

function joined(parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}
