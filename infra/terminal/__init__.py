"""What commands write: consoles, tables, figures in words, errors of one line."""
