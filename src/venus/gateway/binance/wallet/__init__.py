"""The wallet: what clients call under /sapi/ on a normal day."""
