import os
import sys

sys.path.append(os.path.dirname(__file__))  # pytest's importlib mode does not see helpers
