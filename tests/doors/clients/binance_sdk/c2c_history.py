"""binance-sdk-c2c, unmodified: what it is told of orders between people, printed as it holds it."""

import json
import sys

from binance_common.configuration import ConfigurationRestAPI
from binance_sdk_c2c.c2c import C2C


def main() -> None:
    rest, key, secret, trade_type = sys.argv[1:]
    client = C2C(config_rest_api=ConfigurationRestAPI(api_key=key, api_secret=secret, base_path=rest, timeout=10_000))
    answer = client.rest_api.get_c2_c_trade_history(trade_type=trade_type, page=1, rows=10).data()
    print(json.dumps(answer.to_dict()))


if __name__ == "__main__":
    main()
