"""What may hang on a chat or stand as evidence: pictures and PDF, known by their bytes, never by what is said of them.

docs/rules/p2p_conduct.md, "Files". Nothing here, or anywhere in the exchange, draws or runs them: they are kept and
given out as they are, as attachments. A file that is more than one thing at once is refused.
"""

import re
import struct
import unicodedata
from enum import StrEnum

FILE_BYTES_MAX = 5 * 2**20
NAME_CHARS_MAX = 80

_PNG = b"\x89PNG\r\n\x1a\n"
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|OpenAction|AA|RichMedia|XFA|ImportData|SubmitForm)\b")
_HEX_IN_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_FORBIDDEN_IN_NAME = set('/\\:*?"<>|;')


class FileType(StrEnum):
    """Its media type."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    PDF = "application/pdf"


class BadFile(ValueError):
    """Not what may be attached; says why."""


def file_type(content: bytes) -> FileType:
    """What a file is, by its bytes from first to last. Raises BadFile."""
    if len(content) > FILE_BYTES_MAX:
        raise BadFile(f"{len(content)} bytes, at most {FILE_BYTES_MAX}")
    if content.startswith(_PNG):
        _check_png(content)
        return FileType.PNG
    if content.startswith(b"\xff\xd8\xff"):
        _check_jpeg(content)
        return FileType.JPEG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        _check_webp(content)
        return FileType.WEBP
    if content.startswith(b"%PDF-"):
        _check_pdf(content)
        return FileType.PDF
    raise BadFile("neither PNG, JPEG, WebP nor PDF")


def file_name(said: str) -> str:
    """A name that is safe to give back in a header and to save under; empty if nothing of it is left."""
    name = unicodedata.normalize("NFC", said)
    kept = "".join(
        char
        for char in name
        if (char not in _FORBIDDEN_IN_NAME and unicodedata.category(char)[0] not in "CZ") or char == " "
    )
    return kept.strip(". ")[-NAME_CHARS_MAX:].strip(". ")


def _check_png(content: bytes) -> None:
    """Chunk behind chunk until IEND, which is the end."""
    at, is_first = len(_PNG), True
    while at + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        if is_first and (kind != b"IHDR" or length != 13):
            raise BadFile("a PNG begins with IHDR")
        is_first = False
        at += 12 + length
        if kind == b"IEND":
            if at != len(content):
                raise BadFile("something follows the PNG's end")
            return
    raise BadFile("the PNG has no end")


def _check_jpeg(content: bytes) -> None:
    """One picture, or one behind another as phones store their second exposure; nothing else may follow."""
    at = 0
    while at < len(content):
        if not content.startswith(b"\xff\xd8\xff", at):
            raise BadFile("something follows the JPEG's end")
        scan = _jpeg_scan(content, at + 2)
        # Within a scan 0xFF is followed by 0x00 or a restart, so this is the picture's end.
        end = content.find(b"\xff\xd9", scan)
        if end < 0:
            raise BadFile("the JPEG has no end")
        at = end + 2


def _jpeg_scan(content: bytes, at: int) -> int:
    """Where the scan begins, segment behind segment."""
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            raise BadFile("the JPEG's segments do not follow each other")
        marker = content[at + 1]
        if marker == 0xDA:
            return at
        if marker == 0xFF:  # fill
            at += 1
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        at += 2 + length
    raise BadFile("the JPEG has no picture")


def _check_webp(content: bytes) -> None:
    (length,) = struct.unpack_from("<I", content, 4)
    if length + 8 != len(content) or content[12:15] != b"VP8":
        raise BadFile("the WebP's length is not the file's")


def _check_pdf(content: bytes) -> None:
    """That it ends as a PDF, and names nothing that acts. What is packed in its streams is not looked into."""
    if b"%%EOF" not in content[-1024:]:
        raise BadFile("the PDF has no end")
    # A name may be written with #xx for a letter.
    spelled = _HEX_IN_NAME.sub(lambda match: bytes([int(match[1], 16)]), content)
    if found := _ACTIVE.search(spelled):
        raise BadFile(f"the PDF has something that acts: {found[0].decode('ascii')}")
