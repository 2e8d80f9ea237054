"""What a user writes so that an unmodified client of the Binance Spot API talks to a sandbox: plain dictionaries."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class ClientSettings(NamedTuple):
    """Of one sandbox: rest "http://HOST:PORT", ws "ws://HOST:PORT/ws", and the accounts' keys by name."""

    rest: str
    ws: str
    accounts: Mapping[str, Mapping[str, str]]

    def python_binance(self, account: str) -> dict[str, Any]:
        """`client`: arguments of Client; `urls`: attributes of BaseClient; `stream_url`: BinanceSocketManager's."""
        keys = self.accounts[account]
        return {
            "client": {"api_key": keys["apiKey"], "api_secret": keys["secret"]},
            "urls": {"API_URL": f"{self.rest}/api", "MARGIN_API_URL": f"{self.rest}/sapi"},
            "stream_url": self.ws.removesuffix("ws"),
        }

    def ccxt(self, account: str) -> dict[str, Any]:
        """The argument of ccxt.binance, ccxt.pro.binance."""
        api, sapi = f"{self.rest}/api", f"{self.rest}/sapi"
        keys = self.accounts[account]
        return {
            "apiKey": keys["apiKey"],
            "secret": keys["secret"],
            "options": {"fetchMarkets": {"types": ["spot"]}},
            "urls": {
                "api": {
                    "public": f"{api}/v3",
                    "private": f"{api}/v3",
                    "v1": f"{api}/v1",
                    "sapi": f"{sapi}/v1",
                    "sapiV2": f"{sapi}/v2",
                    "sapiV3": f"{sapi}/v3",
                    "sapiV4": f"{sapi}/v4",
                    "ws": {"spot": self.ws, "margin": self.ws},
                }
            },
        }

    def connector(self, account: str) -> dict[str, Any]:
        """binance-connector: `spot` are arguments of Spot, `stream` of its WebSocket stream client."""
        keys = self.accounts[account]
        return {
            "spot": {"api_key": keys["apiKey"], "api_secret": keys["secret"], "base_url": self.rest},
            "stream": {"stream_url": self.ws.removesuffix("/ws")},
        }

    def sdk(self, account: str) -> dict[str, Any]:
        """binance-sdk-spot: arguments of its configurations for REST, for the WebSocket API and for streams."""
        keys = {"api_key": self.accounts[account]["apiKey"], "api_secret": self.accounts[account]["secret"]}
        root = self.ws.removesuffix("/ws")
        return {
            "rest_api": keys | {"base_path": self.rest},
            "ws_api": keys | {"stream_url": f"{root}/ws-api/v3"},
            "ws_streams": {"stream_url": root},
        }
