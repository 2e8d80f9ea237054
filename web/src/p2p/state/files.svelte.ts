/** Files of orders, fetched once a visit. A picture is shown as one; whatever else it may be, it is never run. */

import { isPicture } from "../logic/chat.ts";
import { session } from "./session.svelte.ts";

const urls = new Map<string, Promise<string>>();

/** An address of a picture for this page only. */
export function pictureUrl(hash: string, order: string | null): Promise<string> {
  const key = `${order ?? ""}/${hash}`;
  let url = urls.get(key);
  if (url === undefined) {
    url = session.file(hash, order).then((blob) => {
      if (!isPicture(blob.type)) throw new RangeError("not a picture");
      return URL.createObjectURL(blob);
    });
    urls.set(key, url);
    url.catch(() => urls.delete(key));
  }
  return url;
}

/** As the exchange names it. */
export const bundleName = (order: string): string => `dispute-${order}.json`;

/** Hands a file to the visitor's folder of downloads; a page is never opened with it. */
export function saveAs(blob: Blob, name: string): void {
  const url = URL.createObjectURL(new Blob([blob], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
