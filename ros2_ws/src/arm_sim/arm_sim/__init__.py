"""A MuJoCo simulation of one or many arms, and the ROS 2 node that publishes it."""

import os

# Mesa reads this at the first OpenGL context: llvmpipe draws small frames faster on the calling
# thread than on threads of its own.
os.environ.setdefault("LP_NUM_THREADS", "0")
