"""What the clock drives: measuring, evaluating, filling in history."""
