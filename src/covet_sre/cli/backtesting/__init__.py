"""`covet-sre slo backtest`: where the history comes from, which policies are tried, and how the outcome is told."""
