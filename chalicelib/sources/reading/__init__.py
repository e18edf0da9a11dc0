"""Code that the readers of several shop systems share.

They are strict about the values that identify and count facts (ids, times, money), and lenient about what people type:
an invalid address, name, language or country is left out, so that no order is lost because of it.
"""
