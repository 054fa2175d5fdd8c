"""Makes the sample installation importable as `tests.arriving.house` however pytest was started."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
