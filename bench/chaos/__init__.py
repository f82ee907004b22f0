"""Everything that can happen to a training or a search, at random moments: `python -m bench.chaos`."""
