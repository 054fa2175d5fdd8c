"""Files of other tools -> reliability files: one module for each format, and what all of them share."""
