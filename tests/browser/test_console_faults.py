"""When messages are lost and connections break, the console notices, says so, and mends it."""

import re

from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.console_page import (
    Exchange,
    Visit,
    assert_book_is_the_exchanges,
    book,
    notice,
    wait_until_live,
    write_order,
)


class Tampered:
    """The page's stream, passed through here, where messages can be left out and the connection broken."""

    def __init__(self) -> None:
        self.drops_count = 0
        self.routes: list[WebSocketRoute] = []

    def attach(self, page: Page) -> None:
        page.route_web_socket(re.compile(r"/stream\?"), self._handle)

    def _handle(self, route: WebSocketRoute) -> None:
        self.routes.append(route)
        server = route.connect_to_server()
        server.on_message(lambda message: self._pass(route, message))

    def _pass(self, route: WebSocketRoute, message: str | bytes) -> None:
        if self.drops_count > 0 and "@depth@100ms" in str(message):
            self.drops_count -= 1
        else:
            route.send(message)


def test_a_missed_depth_event_is_noticed_and_mended(visit: Visit, alice: Exchange) -> None:
    stream = Tampered()
    page = visit(prepare=stream.attach)
    assert_book_is_the_exchanges(page, alice)
    stream.drops_count = 1
    for _ in range(3):  # two events at least: one that is lost, one that shows the loss
        alice.rest_bid(share=0.999)
        page.wait_for_timeout(250)
    expect(book(page)).to_have_attribute("data-resyncs", "1")
    wait_until_live(page)
    assert_book_is_the_exchanges(page, alice)


def test_a_broken_connection_is_shown_and_restored(visit: Visit, alice: Exchange) -> None:
    stream = Tampered()
    page = visit(prepare=stream.attach)
    stream.routes[-1].close()
    expect(page.get_by_text("Reconnecting…")).to_be_visible()
    wait_until_live(page)
    assert len(stream.routes) == 2
    assert_book_is_the_exchanges(page, alice)


def test_an_order_whose_answer_is_lost_is_found(visit: Visit, alice: Exchange) -> None:
    page = visit()

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v3/order?*", lose_the_answer)
    write_order(page, price=f"{alice.best_bid() * 0.9:.2f}", quantity="0.01")
    page.get_by_role("button", name="Buy BTC").click()
    expect(notice(page)).to_contain_text("in the book")
    assert len(alice.open_orders()) == 1


def test_an_order_that_never_arrived_is_told(visit: Visit, alice: Exchange) -> None:
    page = visit()

    def lose_the_request(route: Route) -> None:
        if route.request.method == "POST":
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v3/order?*", lose_the_request)
    write_order(page, price=f"{alice.best_bid() * 0.9:.2f}", quantity="0.01")
    page.get_by_role("button", name="Buy BTC").click()
    expect(notice(page)).to_contain_text("no answer came")
    expect(notice(page)).to_contain_text("Nothing was placed")
    assert alice.open_orders() == []
