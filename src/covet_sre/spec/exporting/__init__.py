"""A declaration -> files of other tools, and of OpenSLO itself."""
