"""The commands: each is loaded when it is asked for, since a process of its own needs what the others do not."""

from cyclopts import App

from venus import VERSION

app = App(name="venus", help="A digital-asset exchange that can be re-run.", version=VERSION)
for place, what in {
    "launch:up": "Start the exchange; on an empty directory, make a sandbox first.",
    "market:replay_market": "Let recorded market data drive the book of an exchange of its own.",
    "replaying:replay": "Re-execute a journal and compare it with its checkpoints.",
    "inspection:inspect": "Say what is in a journal: frames, kinds, times, sizes.",
    "reporting:report": "Write a coin's supply, reserves and redemptions in one month, with what proves them.",
    "openapi:openapi": "Print what the REST doors of a running exchange serve, as an OpenAPI document.",
    "doctor:doctor": "Say what is installed, how fast the disk makes things durable, and what to do.",
}.items():
    app.command(f"venus.cli.{place}", help=what)
app.command(
    "venus.cli.sandbox:app", name="sandbox", help="Ask a running sandbox for money, faults, time, another state."
)
app.command(
    "venus.cli.coin:app", name="coin", help="Coins: supply and reserves, mint, redemption, lawful orders, holders."
)
app.command("venus.cli.founding:app", name="founding", help="Make a real exchange from a file that says who it is.")
app.command("venus.cli.customers:app", name="customer", help="Accounts of a real exchange's customers, and their keys.")
app.command(
    "venus.cli.bank:app", name="bank", help="Money at banks: statements in; receipts, payouts, attestations out."
)
app.command(
    "venus.cli.currency:app",
    name="currency",
    help="A central bank's currency: issue and quotas, operators and wallets, payments and requests.",
)
app.command("venus.cli.p2p:app", name="p2p", help="The market between people: adverts, orders, chat, disputes.")
app.command("venus.cli.purse:app", name="purse", help="Pay offline from one device to another, and settle.")
app.command(
    "venus.cli.supervise:app", name="supervise", help="Follow a journal, run every frame again, say what differs."
)
app.command("venus.cli.rules:app", name="rules", help="Say which rule of a regime a coin's issuer would break.")
app.command("venus.cli.liabilities:app", name="liabilities", help="What is owed to customers: show, prove, check.")
app.command(
    "venus.cli.reserves:app",
    name="reserves",
    help="Show that keys of chain addresses are held: challenge, sign, check.",
)
app.command("venus.cli.record:app", name="record", help="What an exchange publishes to everybody: fetch it, check it.")
app.command("venus.cli.receipts:app", name="receipt", help="Check a signed receipt of a command against a journal.")
