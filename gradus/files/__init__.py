"""Files that are replaced whole or not at all, and tensors in them."""
