"""Camera images, their variation, and the live view in a browser."""
