"""What of the benchmarks Numba compiles: the yardstick's twin and the flow."""
