"""A digital-asset exchange that can be re-run."""

VERSION = "0.1.0"
