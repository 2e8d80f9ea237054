"""The figures: one file each, with `measure(long) -> Report`; run by `./venus bench [NAME] [--json] [--long]`."""
