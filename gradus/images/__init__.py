"""Pictures: reading a person's own, and making other versions of the training images."""
