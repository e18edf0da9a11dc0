"""The sample shop: its customers are simulated on the real handlers, and shown on web pages to try out."""
