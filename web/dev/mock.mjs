/**
 * A toy exchange for working on the pages without the real one: `npm run mock`, then open what it prints.
 *
 * It speaks the same shapes (REST, streams, signatures) with a random market, and misbehaves on request: every SECONDS it
 * leaves out one depth event (`--gap SECONDS`), breaks all sockets (`--break SECONDS`), or leaves a new order unanswered
 * (`--mute`). It is no specification of anything: the exchange and its tests are.
 */

import { createHash, createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8000" },
    pages: { type: "string", default: new URL("../../src/venus/console/pages", import.meta.url).pathname },
    gap: { type: "string", default: "0" },
    break: { type: "string", default: "0" },
    mute: { type: "boolean", default: false },
  },
});

const ACCOUNTS = {
  alice: { apiKey: "a".repeat(64), secret: "alice's secret" },
  bob: { apiKey: "b".repeat(64), secret: "bob's secret" },
};
const INTERVAL_MS = { "1m": 6e4, "5m": 3e5, "15m": 9e5, "1h": 36e5, "4h": 144e5, "1d": 864e5, "1w": 6048e5 };
const fixed = (value) => value.toFixed(8);
const chance = Math.random;

class Refusal extends Error {
  constructor(code, message, status = 400) {
    super(message);
    Object.assign(this, { code, status });
  }
}

/** One symbol: levels are Maps from ticks to quantity, orders of people rest beside the crowd's. */
class Market {
  constructor(base, quote, price, tick, step) {
    Object.assign(this, { base, quote, tick, step, symbol: base + quote, updateId: 1000, tradeId: 5000, changed: new Map() });
    this.mid = Math.round(price / tick);
    this.open = price * 0.985;
    this.trades = [];
    this.sides = { bids: new Map(), asks: new Map() };
    for (let i = 1; i <= 1200; i++) {
      const away = Math.ceil(i * (1 + chance()) * Math.max(1, this.mid / 5e5));
      this.sides.bids.set(this.mid - away, this.size());
      this.sides.asks.set(this.mid + away, this.size());
    }
    for (let i = 0; i < 60; i++) this.trade(this.mid + Math.round((chance() - 0.5) * 40), this.size(), chance() < 0.5);
  }

  size() {
    return Math.ceil((chance() ** 4 * 3) / this.step) * this.step * (this.base === "BTC" ? 1 : 10);
  }

  best(side) {
    const ticks = [...this.sides[side].keys()];
    return side === "bids" ? Math.max(...ticks) : Math.min(...ticks);
  }

  set(side, ticks, quantity) {
    if (quantity > this.step / 2) this.sides[side].set(ticks, quantity);
    else this.sides[side].delete(ticks);
    this.updateId += 1;
    this.changed.set(`${side} ${ticks}`, [side, fixed(ticks * this.tick), fixed(quantity > this.step / 2 ? quantity : 0)]);
  }

  trade(ticks, quantity, isSell) {
    this.tradeId += 1;
    const trade = { id: this.tradeId, price: fixed(ticks * this.tick), qty: fixed(quantity), time: Date.now(), isBuyerMaker: isSell };
    this.trades = [...this.trades.slice(-999), trade];
    this.last = ticks * this.tick;
    publish(`${this.symbol.toLowerCase()}@trade`, {
      e: "trade", E: trade.time, s: this.symbol, t: trade.id, p: trade.price, q: trade.qty, T: trade.time, m: isSell, M: true,
    });
    return trade;
  }

  /** The crowd: one order added, one taken away, and sometimes a trade at the best price. */
  stir() {
    for (const side of ["bids", "asks"]) {
      const sign = side === "bids" ? -1 : 1;
      const inside = side === "bids" ? this.best("asks") - 1 : this.best("bids") + 1;
      const ticks = inside + sign * Math.floor(chance() ** 3 * 600);
      this.set(side, ticks, chance() < 0.45 ? 0 : this.size());
    }
    if (chance() < 0.5) {
      const isSell = chance() < 0.5;
      const side = isSell ? "bids" : "asks";
      const ticks = this.best(side);
      const quantity = this.sides[side].get(ticks);
      const taken = chance() < 0.5 ? quantity : Math.max(this.step, Math.floor((quantity * chance()) / this.step) * this.step);
      this.trade(ticks, taken, isSell);
      this.set(side, ticks, quantity - taken);
    }
  }

  levels(side, limit) {
    const sign = side === "bids" ? -1 : 1;
    const sorted = [...this.sides[side]].sort((a, b) => sign * (a[0] - b[0])).slice(0, limit);
    return sorted.map(([ticks, quantity]) => [fixed(ticks * this.tick), fixed(quantity)]);
  }

  candles(interval, end_ms, limit) {
    const width = INTERVAL_MS[interval] ?? 6e4;
    const last = Math.floor(end_ms / width) * width;
    return Array.from({ length: limit }, (_, i) => this.candle(last - (limit - 1 - i) * width, width));
  }

  candle(open_ms, width) {
    const at = (t) => {
      const away = (Date.now() - t) / width;
      const wave = Math.sin(t / width / 17) * 6 + Math.sin(t / width / 5) * 2.5 + Math.sin(t / width) + Math.sin(t / width / 90) * 20;
      return this.last * (1 + (wave / 900) * Math.min(1, Math.max(0, away) / 3));
    };
    const [open, close] = [at(open_ms), at(open_ms + width)];
    const wick = this.last * 0.002 * (0.3 + Math.abs(Math.sin(open_ms / width / 3)));
    const volume = 100 + 80 * Math.sin(open_ms / width / 7) + 60 * Math.abs(Math.sin(open_ms / width / 1.7));
    const texts = [open, Math.max(open, close) + wick, Math.min(open, close) - wick, close].map(fixed);
    return [open_ms, ...texts, fixed(volume), open_ms + width - 1, "0", 10, "0", "0", "0"];
  }

  get info() {
    return {
      symbol: this.symbol, status: "TRADING", baseAsset: this.base, quoteAsset: this.quote, quoteAssetPrecision: 8,
      filters: [
        { filterType: "PRICE_FILTER", minPrice: fixed(this.tick), maxPrice: "1000000.00000000", tickSize: fixed(this.tick) },
        { filterType: "LOT_SIZE", minQty: fixed(this.step), maxQty: "9000.00000000", stepSize: fixed(this.step) },
        { filterType: "NOTIONAL", minNotional: this.quote === "BTC" ? "0.00010000" : "5.00000000", applyMinToMarket: true, maxNotional: "9000000.00000000", applyMaxToMarket: false },
      ],
    };
  }
}

const sockets = new Set();
const people = new Map();
let orderId = 0;

function publish(stream, data) {
  for (const socket of sockets) if (socket.streams.has(stream)) send(socket, { stream, data });
}

const markets = [
  new Market("BTC", "USDT", 65000, 0.01, 0.00001),
  new Market("ETH", "USDT", 3400, 0.01, 0.0001),
  new Market("BNB", "USDT", 580, 0.01, 0.001),
  new Market("ETH", "BTC", 0.0523, 0.00001, 0.0001),
];
for (const [name, { apiKey, secret }] of Object.entries(ACCOUNTS)) {
  const free = { BTC: 10, ETH: 100, BNB: 500, USDT: 1_000_000, vUSD: 50_000, vCNY: 350_000 };
  people.set(apiKey, { name, secret, free, orders: [], trades: [] });
}

// The market moves.

const seconds = (text) => Number(text) * 1000;
let lastGap_ms = Date.now();
setInterval(() => markets.forEach((market) => market.stir()), 60);
setInterval(() => {
  for (const market of markets) {
    if (market.changed.size === 0) continue;
    const changes = [...market.changed.values()];
    const first = (market.published ?? 1000) + 1;
    market.published = market.updateId;
    market.changed.clear();
    if (seconds(options.gap) > 0 && Date.now() - lastGap_ms > seconds(options.gap)) {
      lastGap_ms = Date.now();
      continue;
    }
    const of = (side) => changes.filter((change) => change[0] === side).map((change) => change.slice(1));
    const stream = `${market.symbol.toLowerCase()}@depth@100ms`;
    publish(stream, { e: "depthUpdate", E: Date.now(), s: market.symbol, U: first, u: market.updateId, b: of("bids"), a: of("asks") });
  }
}, 100);
setInterval(() => {
  for (const market of markets) {
    const name = market.symbol.toLowerCase();
    const row = { o: fixed(market.open), c: fixed(market.last), h: fixed(market.last * 1.02), l: fixed(market.last * 0.97), v: "12345.6" };
    publish(`${name}@miniTicker`, { e: "24hrMiniTicker", E: Date.now(), s: market.symbol, ...row, q: "0" });
    for (const interval of Object.keys(INTERVAL_MS)) {
      const [t, o, h, l, c, v] = market.candles(interval, Date.now(), 1)[0];
      publish(`${name}@kline_${interval}`, { e: "kline", s: market.symbol, k: { t, o, h, l, c, v, i: interval, x: false } });
    }
  }
}, 1000);
if (seconds(options.break) > 0) setInterval(() => sockets.forEach((socket) => socket.destroy()), seconds(options.break));

// Requests.

function find(symbol) {
  const market = markets.find((each) => each.symbol === symbol);
  if (market === undefined) throw new Refusal(-1121, "Invalid symbol.");
  return market;
}

function personOf(request, url) {
  const person = people.get(request.headers["x-mbx-apikey"]);
  if (person === undefined) throw new Refusal(-2015, "Invalid API-key, IP, or permissions for action.", 401);
  const [payload, signature] = url.search.slice(1).split("&signature=");
  const expected = createHmac("sha256", person.secret).update(payload).digest("hex");
  if (signature !== expected) throw new Refusal(-1022, "Signature for this request is not valid.");
  return person;
}

function place(person, q) {
  const market = find(q.symbol);
  const isBuy = q.side === "BUY";
  const other = isBuy ? "asks" : "bids";
  const limit = q.price === undefined ? null : Math.round(Number(q.price) / market.tick);
  const crosses = (ticks) => limit === null || (isBuy ? ticks <= limit : ticks >= limit);
  if (q.type === "LIMIT_MAKER" && crosses(market.best(other))) throw new Refusal(-2010, "Order would immediately match and take.");
  const spent = isBuy ? market.quote : market.base;
  const wanted = Number(q.quantity ?? 0);
  const cost = isBuy ? Number(q.quoteOrderQty ?? wanted * Number(q.price ?? market.last)) : wanted;
  if ((person.free[spent] ?? 0) < cost) throw new Refusal(-2010, "Account has insufficient balance for requested action.");
  const order = {
    symbol: q.symbol, orderId: (orderId += 1), orderListId: -1, clientOrderId: q.newClientOrderId ?? `x${orderId}`, side: q.side,
    type: q.type, timeInForce: q.timeInForce ?? "GTC", status: "NEW", price: fixed(Number(q.price ?? 0)), origQty: fixed(wanted),
    executedQty: fixed(0), origQuoteOrderQty: fixed(Number(q.quoteOrderQty ?? 0)), cummulativeQuoteQty: fixed(0), time: Date.now(),
  };
  person.orders.push(order);
  const fills = [];
  let [left, paid] = [wanted || Infinity, 0];
  while (left > market.step / 2) {
    const ticks = market.best(other);
    if (!crosses(ticks)) break;
    const price = ticks * market.tick;
    const budget = wanted > 0 ? left : Math.floor((Number(q.quoteOrderQty) - paid) / price / market.step) * market.step;
    const taken = Math.min(left, budget, market.sides[other].get(ticks));
    if (taken < market.step / 2) break;
    const trade = market.trade(ticks, taken, !isBuy);
    market.set(other, ticks, market.sides[other].get(ticks) - taken);
    fills.push({ price: trade.price, qty: trade.qty, tradeId: trade.id });
    left -= taken;
    paid += taken * price;
    const fee = { commission: fixed((isBuy ? taken : taken * price) * 0.001), commissionAsset: isBuy ? market.base : market.quote };
    person.trades.push({ ...trade, symbol: q.symbol, orderId: order.orderId, quoteQty: fixed(taken * price), ...fee, isBuyer: isBuy, isMaker: false });
    order.executedQty = fixed(Number(order.executedQty) + taken);
  }
  order.cummulativeQuoteQty = fixed(paid);
  const done = Number(order.executedQty);
  const isWhole = wanted > 0 ? wanted - done < market.step / 2 : done > 0;
  const rests = (q.type === "LIMIT" && order.timeInForce === "GTC") || q.type === "LIMIT_MAKER";
  order.status = isWhole ? "FILLED" : !rests ? "EXPIRED" : done > 0 ? "PARTIALLY_FILLED" : "NEW";
  person.free[spent] -= isBuy ? paid : done;
  person.free[isBuy ? market.base : market.quote] += isBuy ? done : paid;
  if (!isWhole && rests) {
    const side = isBuy ? "bids" : "asks";
    market.set(side, limit, (market.sides[side].get(limit) ?? 0) + wanted - done);
  }
  return { ...order, fills };
}

const isOpen = (order) => order.status === "NEW" || order.status === "PARTIALLY_FILLED";

function cancel(order) {
  const market = find(order.symbol);
  const side = order.side === "BUY" ? "bids" : "asks";
  const ticks = Math.round(Number(order.price) / market.tick);
  market.set(side, ticks, (market.sides[side].get(ticks) ?? 0) - Number(order.origQty) + Number(order.executedQty));
  order.status = "CANCELED";
  return order;
}

function balances(person) {
  const locked = {};
  for (const order of person.orders.filter(isOpen)) {
    const market = find(order.symbol);
    const left = Number(order.origQty) - Number(order.executedQty);
    const [asset, amount] = order.side === "BUY" ? [market.quote, left * Number(order.price)] : [market.base, left];
    locked[asset] = (locked[asset] ?? 0) + amount;
  }
  return Object.entries(person.free).map(([asset, all]) => ({ asset, free: fixed(all - (locked[asset] ?? 0)), locked: fixed(locked[asset] ?? 0) }));
}

function found(person, q) {
  const isIt = (order) => (q.orderId === undefined ? order.clientOrderId === q.origClientOrderId : order.orderId === Number(q.orderId));
  return person.orders.find(isIt);
}

const PUBLIC = {
  "/api/v3/time": () => ({ serverTime: Date.now() }),
  "/api/v3/exchangeInfo": () => ({ symbols: markets.map((market) => market.info) }),
  "/api/v3/depth": ({ symbol, limit }) => {
    const market = find(symbol);
    return { lastUpdateId: market.updateId, bids: market.levels("bids", Number(limit)), asks: market.levels("asks", Number(limit)) };
  },
  "/api/v3/trades": ({ symbol, limit }) => find(symbol).trades.slice(-Number(limit)),
  "/api/v3/klines": ({ symbol, interval, limit, endTime }) => find(symbol).candles(interval, Number(endTime ?? Date.now()), Number(limit)),
  "/api/v3/ticker/24hr": () =>
    markets.map((market) => ({
      symbol: market.symbol, openPrice: fixed(market.open), lastPrice: fixed(market.last),
      highPrice: fixed(market.last * 1.02), lowPrice: fixed(market.last * 0.97), volume: "12345.6",
    })),
  "/sandbox/accounts": () => ACCOUNTS,
};

const SIGNED = {
  "GET /api/v3/account": (person) => ({ balances: balances(person) }),
  "GET /api/v3/openOrders": (person, q) => person.orders.filter((order) => isOpen(order) && (q.symbol ?? order.symbol) === order.symbol),
  "GET /api/v3/allOrders": (person, q) => person.orders.filter((order) => order.symbol === q.symbol),
  "GET /api/v3/myTrades": (person, q) => person.trades.filter((trade) => trade.symbol === q.symbol && trade.orderId === Number(q.orderId ?? trade.orderId)),
  "POST /api/v3/order": place,
  "GET /api/v3/order": (person, q) => {
    const order = found(person, q);
    if (order === undefined) throw new Refusal(-2013, "Order does not exist.");
    return order;
  },
  "DELETE /api/v3/order": (person, q) => {
    const order = found(person, q);
    if (order === undefined || !isOpen(order)) throw new Refusal(-2011, "Unknown order sent.");
    return cancel(order);
  },
  "DELETE /api/v3/openOrders": (person, q) => person.orders.filter((order) => isOpen(order) && order.symbol === q.symbol).map(cancel),
};

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".txt": "text/plain; charset=utf-8" };

async function page(path) {
  const name = normalize(path === "/" ? "/index.html" : path);
  return { type: TYPES[extname(name)] ?? "application/octet-stream", bytes: await readFile(join(options.pages, name)) };
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://mock");
  const q = Object.fromEntries(url.searchParams);
  const route = `${request.method} ${url.pathname}`;
  try {
    if (PUBLIC[url.pathname] === undefined && SIGNED[route] === undefined) {
      const { type, bytes } = await page(url.pathname);
      response.writeHead(200, { "Content-Type": type }).end(bytes);
      return;
    }
    const body = PUBLIC[url.pathname]?.(q) ?? SIGNED[route](personOf(request, url), q);
    if (options.mute && route === "POST /api/v3/order") request.socket.destroy();
    else response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  } catch (error) {
    if (!(error instanceof Refusal) && error.code !== "ENOENT") throw error;
    const status = error.status ?? 404;
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify({ code: error.code, msg: error.message }));
  }
});

// WebSocket, as much of RFC 6455 as a browser on loopback needs.

function send(socket, message) {
  const bytes = Buffer.from(JSON.stringify(message));
  const head = bytes.length < 126 ? Buffer.from([0x81, bytes.length]) : Buffer.alloc(bytes.length < 65536 ? 4 : 10);
  if (bytes.length >= 126) {
    head[0] = 0x81;
    head[1] = bytes.length < 65536 ? 126 : 127;
    if (bytes.length < 65536) head.writeUInt16BE(bytes.length, 2);
    else head.writeBigUInt64BE(BigInt(bytes.length), 2);
  }
  socket.write(Buffer.concat([head, bytes]));
}

function receive(socket, bytes) {
  while (bytes.length >= 6) {
    const short = bytes[1] & 0x7f;
    const start = short === 126 ? 8 : 6;
    const length = short === 126 ? bytes.readUInt16BE(2) : short;
    if (bytes.length < start + length) break;
    const mask = bytes.subarray(start - 4, start);
    const payload = bytes.subarray(start, start + length).map((byte, i) => byte ^ mask[i % 4]);
    if ((bytes[0] & 0x0f) === 8) socket.end();
    else if ((bytes[0] & 0x0f) === 1) control(socket, JSON.parse(payload.toString()));
    bytes = bytes.subarray(start + length);
  }
  return bytes;
}

function control(socket, { method, params = [], id }) {
  for (const stream of params) method === "SUBSCRIBE" ? socket.streams.add(stream) : socket.streams.delete(stream);
  send(socket, { result: method === "LIST_SUBSCRIPTIONS" ? [...socket.streams] : null, id });
}

server.on("upgrade", (request, socket) => {
  const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  socket.streams = new Set(new URL(request.url, "http://mock").searchParams.get("streams")?.split("/") ?? []);
  sockets.add(socket);
  let rest = Buffer.alloc(0);
  socket.on("data", (bytes) => (rest = receive(socket, Buffer.concat([rest, bytes]))));
  socket.on("close", () => sockets.delete(socket));
  socket.on("error", () => sockets.delete(socket));
});
server.listen(Number(options.port), "127.0.0.1", () => console.log(`ready http://127.0.0.1:${server.address().port}`));
