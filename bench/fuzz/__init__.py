"""Bad input by the hundred thousand: `python -m bench.fuzz`. A new kind of input is one entry in kinds.py."""
