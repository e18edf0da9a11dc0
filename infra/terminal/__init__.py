"""The output of commands: consoles, tables, formatted figures, errors of one line."""
