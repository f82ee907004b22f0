"""Tables out of the box, beside scikit-learn's models: `python -m bench.tables`."""
