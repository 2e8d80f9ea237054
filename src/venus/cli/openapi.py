"""venus openapi: what the REST doors of a running exchange serve, as an OpenAPI document."""

import json
from pathlib import Path

import httpx

from venus.cli.words import DATA, fail


def openapi(*, data: Path = DATA) -> int:
    """Print what the REST doors of a running exchange serve, as an OpenAPI 3.1 document.

    Parameters
    ----------
    data
        The exchange's directory.
    """
    data = data.resolve()
    try:
        rest = json.loads((data / "sandbox.json").read_text())["rest"]
        answer = httpx.get(f"{rest}/openapi.json").raise_for_status()
    except (FileNotFoundError, KeyError):
        return fail(f"{data} is no sandbox that was ever started; name its directory with --data")
    except httpx.HTTPError as error:
        return fail(f"the exchange in {data} is not reached: {error}")
    print(json.dumps(answer.json(), indent=2, ensure_ascii=False))
    return 0
