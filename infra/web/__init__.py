"""A small web server of one machine."""
