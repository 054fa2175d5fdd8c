"""`python -m covet_sre` is the command `covet-sre`."""

from covet_sre.cli.main import main

main()
