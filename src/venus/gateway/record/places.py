"""Where the public record is served, and what a look at it weighs."""

PREFIX = "/record/"
BASE = "/record/v1"
PUBLIC_WEIGHT = 2
