"""Incidents: from the first alert to the last note, and the desk on which they lie."""
