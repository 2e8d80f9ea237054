"""What only a sandbox has: money for the asking, a clock to turn, faults to order, a state to return to.

None of it exists on a real exchange: the server makes these objects only in a directory with a sandbox.json, and they
refuse an exchange whose journal has no account `external:faucet`, which only a sandbox's has.
"""
