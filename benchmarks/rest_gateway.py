"""A gateway as `venus up` starts it, but without limits on orders and weights: nothing else would be measured."""

import asyncio
import json
import sys
from pathlib import Path

import uvloop

from venus.engine.places import Places
from venus.gateway.binance.limits import LimitRules
from venus.gateway.server import GatewayConfig, serve

UNLIMITED = 10**12
NO_LIMITS = LimitRules(
    weight_1m_max=UNLIMITED, requests_5m_max=UNLIMITED, orders_10s_max=UNLIMITED, orders_1d_max=UNLIMITED
)


async def run(places: Places) -> None:
    config = GatewayConfig(
        port=0,
        engine_socket=places.socket,
        registry_url=f"sqlite:///{places.registry}",
        master_key=places.master_key,
        limits=NO_LIMITS,
    )
    served = await serve(config)
    print(json.dumps({"ready": True, "rest": served.rest_url}), flush=True)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()
    await served.stop()


if __name__ == "__main__":
    uvloop.run(run(Places(Path(sys.argv[1]))))
