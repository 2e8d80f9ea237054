/* The yardstick: the least that a matching engine with a ledger must do, as fast as C does it.
 *
 * A ruler, not a model: limit, immediate-or-cancel and cancel only; a fixed ladder of 2^18 ticks for every symbol; no
 * check of overflow; a full event buffer expires the taker. kernels/yardstick.py is the same algorithm over the same
 * memory in Numba, and both give the same events. Build: gcc -O3 -march=native -shared -fPIC.
 */
#include <stddef.h>
#include <stdint.h>

enum { LADDER_TICKS = 1 << 18, PPM = 1000000, EVENTS_SPARE = 16 };
enum { KIND_CANCEL = 2 };
enum { BUY = 0, SELL = 1, GTC = 0 };
enum { ACCEPTED = 1, TRADE = 2, CANCELED = 3, EXPIRED = 4, REJECTED = 5 };
enum { NO_REASON, NO_FUNDS, UNKNOWN_ORDER, DUPLICATE_ID, OUT_OF_RANGE, NO_ROOM, SELF_TRADE, EVENTS_FULL };

/* Records; field for field the dtypes of yardstick.py. */
typedef struct {
    int64_t sequence, time, client_id, price, quantity;
    uint32_t account, symbol;
    uint8_t kind, side, tif, flags;
    uint32_t pad;
    int64_t pad2;
} Command;
typedef struct {
    int64_t price, remaining, order_id, client_id, time;
    uint32_t account, symbol, next, previous, tag;
    uint8_t side, tif;
    uint16_t flags;
} Order;
typedef struct { uint32_t head, tail; int64_t quantity; } Level;
typedef struct {
    int64_t best_bid, best_ask, lot, quote_per_tick, maker_ppm, taker_ppm;
    uint32_t base, quote;
    int64_t last;
} Symbol;
typedef struct { int64_t free, locked; } Balance;
typedef struct { uint32_t tag, slot; } Entry; /* of the index by account and client id; slot 0: empty */
typedef struct {
    int64_t sequence, time, command, order_id, maker_order_id, price, quantity, remaining, taker_fee, maker_fee;
    uint32_t account, maker_account, symbol;
    uint8_t type, side, reason, flags;
} Event;
typedef struct {
    int64_t events_next, free_slot, order_id_next, index_mask, live_count, commands_done, pad[2];
} Counters;
_Static_assert(sizeof(Command) == 64 && sizeof(Order) == 64 && sizeof(Symbol) == 64, "layout");
_Static_assert(sizeof(Event) == 96 && sizeof(Counters) == 64, "layout");

/* The table of pointers that Python hands over, and the arrays' lengths. Occupied ticks are found through three
 * bitmaps, each bit of a higher one standing for 64 of the one below. */
typedef struct {
    Symbol *symbols;
    Level *levels;
    int64_t *bits0, *bits1, *bits2;
    Order *orders;
    Entry *index;
    Balance *balances; /* [account][asset] */
    int64_t *fees;     /* [asset] */
    const Command *commands;
    Event *events;
    Counters *counters;
    int64_t unused[4], lengths[16];
} Table;
enum { LENGTH_ASSETS = 8, LENGTH_EVENTS = 10 };

static inline uint32_t tag_of(uint32_t account, int64_t client_id) {
    const uint64_t mix = (uint64_t)-7046029254386353131LL;
    const uint64_t mix_account = (uint64_t)-4417276706812531889LL;
    int64_t hash = (int64_t)((uint64_t)client_id * mix) ^ (int64_t)((uint64_t)account * mix_account);
    hash ^= hash >> 29;
    hash = (int64_t)((uint64_t)hash * mix);
    return (uint32_t)((hash >> 32) & 0xFFFFFFFF);
}

static inline uint32_t index_find(const Entry *index, int64_t mask, const Order *orders, uint32_t tag, uint32_t account,
                                  int64_t client_id) {
    for (int64_t i = tag & mask;; i = (i + 1) & mask) {
        const Entry *entry = index + i;
        const uint32_t slot = entry->slot;
        if (!slot) return 0;
        const Order *order = orders + slot;
        if (entry->tag == tag && order->client_id == client_id && order->account == account) return slot;
    }
}

static inline void index_add(Entry *index, int64_t mask, uint32_t tag, uint32_t slot) {
    int64_t i = tag & mask;
    while (index[i].slot) i = (i + 1) & mask;
    index[i].tag = tag;
    index[i].slot = slot;
}

/* Linear probing without tombstones: what follows the hole and may move into it, does. */
static inline void index_remove(Entry *index, int64_t mask, uint32_t tag, uint32_t slot) {
    int64_t hole = tag & mask;
    while (index[hole].slot != slot) hole = (hole + 1) & mask;
    for (int64_t j = (hole + 1) & mask; index[j].slot; j = (j + 1) & mask) {
        const int64_t home = (int64_t)index[j].tag & mask;
        if (((j - home) & mask) >= ((j - hole) & mask)) {
            index[hole] = index[j];
            hole = j;
        }
    }
    index[hole].slot = 0;
}

/* `book` numbers the sides: symbol * 2 + side. */
static inline void bits_set(const Table *t, int64_t book, int64_t price) {
    int64_t *word = t->bits0 + (book << 12) + (price >> 6);
    int64_t before = *word;
    *word = before | (int64_t)(1ULL << (price & 63));
    if (before) return;
    word = t->bits1 + (book << 6) + (price >> 12);
    before = *word;
    *word = before | (int64_t)(1ULL << ((price >> 6) & 63));
    if (!before) t->bits2[book] |= (int64_t)(1ULL << (price >> 12));
}

static inline void bits_clear(const Table *t, int64_t book, int64_t price) {
    int64_t *word = t->bits0 + (book << 12) + (price >> 6);
    *word &= ~(int64_t)(1ULL << (price & 63));
    if (*word) return;
    word = t->bits1 + (book << 6) + (price >> 12);
    *word &= ~(int64_t)(1ULL << ((price >> 6) & 63));
    if (!*word) t->bits2[book] &= ~(int64_t)(1ULL << (price >> 12));
}

static inline int64_t lowest(uint64_t word) { return __builtin_ctzll(word); }
static inline int64_t highest(uint64_t word) { return 63 - __builtin_clzll(word); }

/* The lowest occupied tick above `price`, or LADDER_TICKS. */
static inline int64_t bits_above(const Table *t, int64_t book, int64_t price) {
    uint64_t word = (uint64_t)t->bits0[(book << 12) + (price >> 6)] & (-2ULL << (price & 63));
    if (word) return (price >> 6 << 6) + lowest(word);
    int64_t q = price >> 6;
    word = (uint64_t)t->bits1[(book << 6) + (q >> 6)] & (-2ULL << (q & 63));
    if (!word) {
        int64_t r = q >> 6;
        word = (uint64_t)t->bits2[book] & (-2ULL << (r & 63));
        if (!word) return LADDER_TICKS;
        r = lowest(word);
        word = (uint64_t)t->bits1[(book << 6) + r];
        q = r << 6;
    }
    q = (q >> 6 << 6) + lowest(word);
    return (q << 6) + lowest((uint64_t)t->bits0[(book << 12) + q]);
}

/* The highest occupied tick below `price`, or -1. */
static inline int64_t bits_below(const Table *t, int64_t book, int64_t price) {
    uint64_t word = (uint64_t)t->bits0[(book << 12) + (price >> 6)] & ((1ULL << (price & 63)) - 1);
    if (word) return (price >> 6 << 6) + highest(word);
    int64_t q = price >> 6;
    word = (uint64_t)t->bits1[(book << 6) + (q >> 6)] & ((1ULL << (q & 63)) - 1);
    if (!word) {
        int64_t r = q >> 6;
        word = (uint64_t)t->bits2[book] & ((1ULL << (r & 63)) - 1);
        if (!word) return -1;
        r = highest(word);
        word = (uint64_t)t->bits1[(book << 6) + r];
        q = r << 6;
    }
    q = (q >> 6 << 6) + highest(word);
    return (q << 6) + highest((uint64_t)t->bits0[(book << 12) + q]);
}

static inline int64_t fee_of(int64_t amount, int64_t ppm) {
    return (amount / PPM) * ppm + (amount % PPM) * ppm / PPM;
}

static inline void emit(Event *e, Counters *counters, const Command *c, uint8_t type, uint8_t reason, int64_t order_id,
                        int64_t maker_order_id, int64_t price, int64_t quantity, int64_t remaining, int64_t taker_fee,
                        int64_t maker_fee, uint32_t maker_account) {
    e->sequence = counters->events_next++;
    e->time = c->time;
    e->command = c->sequence;
    e->order_id = order_id;
    e->maker_order_id = maker_order_id;
    e->price = price;
    e->quantity = quantity;
    e->remaining = remaining;
    e->taker_fee = taker_fee;
    e->maker_fee = maker_fee;
    e->account = c->account;
    e->maker_account = maker_account;
    e->symbol = c->symbol;
    e->type = type;
    e->side = c->side;
    e->reason = reason;
    e->flags = 0;
}

/* Take a filled or cancelled order off its level and the index, and give its slot back. */
static inline void unlink_order(const Table *t, Symbol *symbol, int64_t book, int64_t ladder, uint32_t slot) {
    Order *orders = t->orders, *order = orders + slot;
    Level *level = t->levels + ladder + order->price;
    const uint32_t next = order->next, previous = order->previous;
    if (previous) orders[previous].next = next; else level->head = next;
    if (next) orders[next].previous = previous; else level->tail = previous;
    if (!level->head) {
        const int64_t price = order->price;
        bits_clear(t, book, price);
        if (order->side == BUY) {
            if (price == symbol->best_bid) symbol->best_bid = bits_below(t, book, price);
        } else if (price == symbol->best_ask) {
            symbol->best_ask = bits_above(t, book, price);
        }
    }
    Counters *counters = t->counters;
    index_remove(t->index, counters->index_mask, order->tag, slot);
    order->next = (uint32_t)counters->free_slot;
    counters->free_slot = slot;
    counters->live_count--;
}

/* Move an order's unspent hold back to free. */
static inline void release(Balance *balance, int64_t amount) {
    balance->locked -= amount;
    balance->free += amount;
}

static inline void cancel(const Table *t, const Command *c, Symbol *symbol, Balance *row, int64_t ladder, uint32_t slot,
                          Event *event) {
    Order *order = t->orders + slot;
    const int64_t remaining = order->remaining;
    t->levels[ladder + order->price].quantity -= remaining;
    if (order->side == BUY) release(row + symbol->quote, order->price * remaining * symbol->quote_per_tick);
    else release(row + symbol->base, remaining * symbol->lot);
    emit(event, t->counters, c, CANCELED, NO_REASON, order->order_id, 0, order->price, 0, remaining, 0, 0, 0);
    unlink_order(t, symbol, ((int64_t)c->symbol << 1) + order->side, ladder, slot);
}

/* Append what remains of an order to its level. */
static inline void rest(const Table *t, const Command *c, Symbol *symbol, int64_t ladder, uint32_t tag,
                        int64_t order_id, int64_t remaining) {
    Counters *counters = t->counters;
    const uint32_t slot = (uint32_t)counters->free_slot;
    Order *order = t->orders + slot;
    counters->free_slot = order->next;
    counters->live_count++;
    const int64_t price = c->price;
    Level *level = t->levels + ladder + price;
    const uint32_t tail = level->tail;
    *order = (Order){.price = price, .remaining = remaining, .order_id = order_id, .client_id = c->client_id,
                     .time = c->time, .account = c->account, .symbol = c->symbol, .next = 0, .previous = tail,
                     .tag = tag, .side = c->side, .tif = GTC, .flags = 0};
    level->tail = slot;
    if (tail) {
        t->orders[tail].next = slot;
        level->quantity += remaining;
    } else {
        level->head = slot;
        level->quantity = remaining;
        bits_set(t, ((int64_t)c->symbol << 1) + c->side, price);
        if (c->side == BUY) {
            if (price > symbol->best_bid) symbol->best_bid = price;
        } else if (price < symbol->best_ask) {
            symbol->best_ask = price;
        }
    }
    index_add(t->index, counters->index_mask, tag, slot);
}

typedef struct { int64_t quote, base, hold; } Trade; /* what changes hands, and what of a buyer's hold pays for it */
typedef struct { int64_t taker, maker; } Fees;

/* Pay both sides of a trade, out of their holds, less their fees. */
static inline Fees settle(const Symbol *symbol, uint8_t side, const Trade *trade, Balance *taker, Balance *maker,
                          int64_t *fees) {
    Balance *buyer = side == BUY ? taker : maker, *seller = side == BUY ? maker : taker;
    const int64_t buyer_fee = fee_of(trade->base, side == BUY ? symbol->taker_ppm : symbol->maker_ppm);
    const int64_t seller_fee = fee_of(trade->quote, side == BUY ? symbol->maker_ppm : symbol->taker_ppm);
    const int64_t hold = side == BUY ? trade->hold : trade->quote; /* a maker's hold is at its own price */
    buyer[symbol->quote].locked -= hold;
    buyer[symbol->quote].free += hold - trade->quote;
    buyer[symbol->base].free += trade->base - buyer_fee;
    seller[symbol->base].locked -= trade->base;
    seller[symbol->quote].free += trade->quote - seller_fee;
    fees[symbol->base] += buyer_fee;
    fees[symbol->quote] += seller_fee;
    return side == BUY ? (Fees){buyer_fee, seller_fee} : (Fees){seller_fee, buyer_fee};
}

/* Run commands[start .. start + count); returns the events written. A full event buffer stops it before a command:
 * counters->commands_done says how many ran. */
int64_t process(const Table *table, int64_t start, int64_t count) {
    const Table local = *table, *t = &local; /* a copy: the stores below cannot alias it */
    Counters *counters = t->counters;
    Order *orders = t->orders;
    Event *events = t->events;
    const int64_t assets = t->lengths[LENGTH_ASSETS], room = t->lengths[LENGTH_EVENTS] - EVENTS_SPARE;
    const int64_t mask = counters->index_mask;
    int64_t written = 0, k = start;
    while (k < start + count && written < room) {
        const Command *c = t->commands + k++;
        const uint32_t account = c->account;
        Symbol *symbol = t->symbols + c->symbol;
        const int64_t ladder = (int64_t)c->symbol << 18;
        const uint32_t tag = tag_of(account, c->client_id);
        const uint32_t slot = index_find(t->index, mask, orders, tag, account, c->client_id);
        Balance *row = t->balances + (int64_t)account * assets;
        if (c->kind == KIND_CANCEL) {
            if (slot) cancel(t, c, symbol, row, ladder, slot, events + written);
            else emit(events + written, counters, c, REJECTED, UNKNOWN_ORDER, 0, 0, 0, 0, 0, 0, 0, 0);
            written++;
            continue;
        }
        const uint8_t side = c->side;
        const int64_t price = c->price, lot = symbol->lot, quote_per_tick = symbol->quote_per_tick;
        int64_t remaining = c->quantity;
        Balance *own_base = row + symbol->base, *own_quote = row + symbol->quote;
        Balance *paid_from = side == BUY ? own_quote : own_base;
        const int64_t unit = side == BUY ? price * quote_per_tick : lot;
        uint8_t reason = NO_REASON;
        if (price <= 0 || price >= LADDER_TICKS || remaining <= 0 || side > SELL) reason = OUT_OF_RANGE;
        else if (slot) reason = DUPLICATE_ID;
        else if (!counters->free_slot) reason = NO_ROOM;
        else if (paid_from->free < unit * remaining) reason = NO_FUNDS;
        if (reason) {
            emit(events + written++, counters, c, REJECTED, reason, 0, 0, price, 0, remaining, 0, 0, 0);
            continue;
        }
        paid_from->free -= unit * remaining;
        paid_from->locked += unit * remaining;
        const int64_t order_id = counters->order_id_next++;
        emit(events + written++, counters, c, ACCEPTED, NO_REASON, order_id, 0, price, 0, remaining, 0, 0, 0);
        const int64_t opposite = ((int64_t)c->symbol << 1) + (1 - side);
        while (remaining > 0) {
            const int64_t at = side == BUY ? symbol->best_ask : symbol->best_bid;
            if (side == BUY ? at > price : at < price) break;
            Level *level = t->levels + ladder + at;
            const uint32_t maker_slot = level->head;
            Order *maker = orders + maker_slot;
            const uint32_t maker_account = maker->account;
            if (maker_account == account) { reason = SELF_TRADE; break; }
            if (written >= room + EVENTS_SPARE - 2) { reason = EVENTS_FULL; break; }
            const int64_t quantity = maker->remaining < remaining ? maker->remaining : remaining;
            const int64_t notional = at * quantity * quote_per_tick, base = quantity * lot;
            Balance *maker_row = t->balances + (int64_t)maker_account * assets;
            const Trade trade = {notional, base, unit * quantity};
            const Fees fee = settle(symbol, side, &trade, row, maker_row, t->fees);
            remaining -= quantity;
            maker->remaining -= quantity;
            level->quantity -= quantity;
            symbol->last = at;
            emit(events + written++, counters, c, TRADE, NO_REASON, order_id, maker->order_id, at, quantity, remaining,
                 fee.taker, fee.maker, maker_account);
            if (!maker->remaining) unlink_order(t, symbol, opposite, ladder, maker_slot);
        }
        if (!remaining) continue;
        if (c->tif == GTC && !reason) {
            rest(t, c, symbol, ladder, tag, order_id, remaining);
        } else {
            release(paid_from, unit * remaining);
            emit(events + written++, counters, c, EXPIRED, reason, order_id, 0, price, 0, remaining, 0, 0, 0);
        }
    }
    counters->commands_done = k - start;
    return written;
}
