/** Passkeys of this device: made here, and asked to sign here. A browser lets that be on https and on localhost only. */

import { base64urlOf, bytesOfBase64, hexOf, pointOf, sha256, type Bytes } from "./statement.ts";

/** A passkey that was made on this device: what the browser calls it, and the public key that a seat has. */
export interface Passkey {
  readonly id: string; // base64url
  readonly key: string; // hex of 65 bytes
  readonly name: string;
}

/** A passkey's signature, in hex, as the exchange wants it. */
export interface Signature {
  readonly approval: string;
  readonly authenticatorData: string;
  readonly clientData: string;
}

const KEPT = "venus.passkeys";
const ES256 = -7;

export function passkeysKept(): Passkey[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isPasskey) : [];
  } catch {
    return []; // storage is forbidden or damaged: the browser still knows its passkeys
  }
}

function isPasskey(kept: unknown): kept is Passkey {
  const one = kept as Partial<Record<keyof Passkey, unknown>> | null;
  return typeof one?.id === "string" && typeof one.key === "string" && typeof one.name === "string";
}

/** Makes a passkey and keeps what is public of it. Throws what the browser throws, or if it is of no suitable kind. */
export async function makePasskey(relyingParty: string, name: string): Promise<Passkey> {
  const made = (await navigator.credentials.create({
    publicKey: {
      rp: { id: relyingParty, name: "Venus" },
      user: { id: crypto.getRandomValues(new Uint8Array(16)), name, displayName: name },
      // Nothing is asked of the maker of the device, so nothing has to be fresh.
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      pubKeyCredParams: [{ type: "public-key", alg: ES256 }],
      authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
      attestation: "none",
    },
  })) as PublicKeyCredential | null;
  const answer = made?.response as AuthenticatorAttestationResponse | undefined;
  const key = answer?.getPublicKey();
  if (!made || !key) throw new RangeError("no public key");
  const passkey = { id: base64urlOf(made.rawId), key: hexOf(pointOf(key)), name };
  try {
    localStorage.setItem(KEPT, JSON.stringify([...passkeysKept(), passkey]));
  } catch {
    // Storage is forbidden: the seat can still be chosen by hand.
  }
  return passkey;
}

/** Signs a statement with one of these passkeys, or with any that the browser knows for this exchange. */
export async function signed(statement: Bytes, relyingParty: string, ids: readonly string[]): Promise<Signature> {
  const found = (await navigator.credentials.get({
    publicKey: {
      challenge: await sha256(statement),
      rpId: relyingParty,
      allowCredentials: ids.map((id) => ({ type: "public-key", id: bytesOfBase64(id) })),
      userVerification: "required",
    },
  })) as PublicKeyCredential | null;
  const answer = found?.response as AuthenticatorAssertionResponse | undefined;
  if (!answer) throw new RangeError("no signature");
  return {
    approval: hexOf(answer.signature),
    authenticatorData: hexOf(answer.authenticatorData),
    clientData: hexOf(answer.clientDataJSON),
  };
}
