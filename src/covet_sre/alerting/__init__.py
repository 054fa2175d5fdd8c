"""An alert as we understand it: what was said about it, how urgent it is, and what keeps it quiet."""
