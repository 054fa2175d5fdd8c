"""An order service on CovetPy, instrumented with covet_sre_sdk, with faults to switch on and off."""
