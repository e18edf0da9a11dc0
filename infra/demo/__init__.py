"""The sample shop: customers simulated with the real handlers, and web pages to try it."""
