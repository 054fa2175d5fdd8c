"""Charts: geometry computed here, drawn as SVG by the templates, with every value also in a table."""
