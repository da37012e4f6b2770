"""How a command ends, beside 0 for done."""

EXIT_NOT_RIGHT = 1
"""Something was looked at or tried, and is not as it should be."""
EXIT_WRONG_INPUT = 2
"""The command, the settings or the site file are wrong; nothing was done."""
EXIT_BROKEN_OFF = 130
"""Ctrl-C."""
