"""Serves the web console's built pages: a plain ASGI application that holds them all in memory.

Whatever the build names by its content never changes and is kept by browsers for a year; everything else is asked for
anew, and answered with 304 if it is the same.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple

PAGES = Path(__file__).parent / "pages"
INDEX = "index.html"
PAGE = ".html"
"""What is left out of a page's address: /record is the file record.html."""
HASHED_FOLDER = "assets/"
"""The build puts here what it names by its content."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_FOR_EVER = b"public, max-age=31536000, immutable"
_ASK_ANEW = b"no-cache"
_SAFETY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")
_COMPRESSED_BYTES_MIN = 1024


class Page(NamedTuple):
    """One file, ready to be sent. `packed` is empty if packing does not pay."""

    headers: Headers
    tag: bytes
    body: bytes
    packed: bytes


class ConsoleDoor:
    """Answers GET and HEAD for every file below a folder, pages also without `.html`, and for `/` with its index."""

    def __init__(self, folder: Path = PAGES) -> None:
        """Reads all files once; a folder that is not there has none."""
        self._pages = {
            f"/{path.relative_to(folder).as_posix()}": _page(folder, path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        for path, page in list(self._pages.items()):
            if path.endswith(PAGE):
                self._pages[path.removesuffix(PAGE)] = page
        if f"/{INDEX}" in self._pages:
            self._pages["/"] = self._pages[f"/{INDEX}"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, [(b"allow", b"GET, HEAD")], b"Method not allowed\n")
            return
        page = self._pages.get(scope["path"])
        if page is None:
            await _answer(send, 404, [(b"content-type", b"text/plain; charset=utf-8"), *_SAFETY], b"Not found\n")
            return
        asked = dict(scope["headers"])
        if page.tag in _listed(asked.get(b"if-none-match", b"")):
            await _answer(send, 304, [*page.headers, (b"etag", page.tag)], b"")
            return
        body, headers = page.body, [*page.headers, (b"etag", page.tag)]
        if page.packed and b"gzip" in _listed(asked.get(b"accept-encoding", b"")):
            body = page.packed
            headers.append((b"content-encoding", b"gzip"))
        await _answer(send, 200, headers, body)


def _page(folder: Path, path: Path) -> Page:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    compressible = kind.startswith(_COMPRESSIBLE)
    # Without a modification time the packed bytes depend on nothing but the page.
    packed = gzip.compress(body, mtime=0) if compressible and len(body) >= _COMPRESSED_BYTES_MIN else b""
    is_hashed = path.relative_to(folder).as_posix().startswith(HASHED_FOLDER)
    headers = [
        (b"content-type", f"{kind}; charset=utf-8".encode() if compressible else kind.encode()),
        (b"cache-control", _FOR_EVER if is_hashed else _ASK_ANEW),
        (b"vary", b"accept-encoding"),
        *_SAFETY,
    ]
    # The tag is weak: packed or not, it is the same page.
    return Page(headers, b'W/"%b"' % hashlib.sha256(body).hexdigest()[:32].encode(), body, packed)


def _listed(header: bytes) -> Iterable[bytes]:
    """Members of a header that is a list, without their parameters; a weight of 0 is a member all the same."""
    return [member.split(b";")[0].strip() for member in header.split(b",")]


async def _answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    length = [] if status == 304 else [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body})
