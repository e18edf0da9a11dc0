"""What a command writes: consoles, tables, figures in words, errors of one line."""
