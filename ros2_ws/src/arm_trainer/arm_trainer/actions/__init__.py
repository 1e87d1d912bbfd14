"""The meaning of a policy's outputs, and the shield that limits them."""
