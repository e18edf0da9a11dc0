"""Compiles the messages: from Markdown files that marketers edit to the Jinja templates that a Lambda fills in."""
