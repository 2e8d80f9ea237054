/** Where on the page the visitor is; the address tells it, and going there changes the address. */

import { hashOf, routeOf, type Route } from "../logic/route.ts";

class Place {
  route = $state.raw<Route>(routeOf(location.hash));

  constructor() {
    addEventListener("hashchange", () => (this.route = routeOf(location.hash)));
  }

  go(route: Route): void {
    location.hash = hashOf(route);
  }
}

export const place = new Place();
